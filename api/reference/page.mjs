// The API reference: Swagger UI over the OpenAPI document of the same replica. It asks no other server.
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

SwaggerUI({
  url: '/api/v1/orders/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  // The validator's badge would send the address of the document to a server elsewhere.
  validatorUrl: null,
});
