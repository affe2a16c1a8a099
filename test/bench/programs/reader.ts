import type { AddressInfo } from 'node:net';
import express from 'express';
import { Pool } from 'pg';

/** Floor C: Express and pg reading one row by its key, and nothing else. Prints its port. */
const pool = new Pool({ connectionString: process.argv[2], max: 25 });
const app = express();
app.get('/orders/:id', async (request, response) => {
  const { rows } = await pool.query<{ document: string }>({
    name: 'read-order',
    text: 'select document::text as document from orders where id = $1',
    values: [request.params.id],
  });
  const [row] = rows;
  if (row === undefined) response.status(404).end();
  else response.type('application/json').send(`{"order":${row.document}}`);
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
