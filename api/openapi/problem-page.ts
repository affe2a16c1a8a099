import type { z } from 'zod';
import type { problemType } from '../schemas/responses.js';
import { html, inline, page } from './html.js';

/** A problem type as a page for people. */
export const problemPage = (problem: z.output<typeof problemType>): string =>
  page(
    problem.code,
    html`<main>
      <p class="dim"><a href="/api/v1/orders/docs">Order Service API</a></p>
      <h1>${problem.title}</h1>
      <p><code>${problem.code}</code> <span class="dim">HTTP ${problem.status}, gRPC ${problem.grpc_status}</span></p>
      <h2>What it means</h2>
      <p>${inline(problem.meaning)}</p>
      <h2>What to do</h2>
      <p>${inline(problem.remedy)}</p>
    </main>`,
  );
