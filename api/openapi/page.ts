import { html, type Html, inline, page, prose } from './html.js';
import { limitsOf, schemaSection, typeOf } from './page-schemas.js';
import { errorCodes, problemTypeOf } from './problem-help.js';
import type {
  MediaTypeObject,
  Method,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from './types.js';

const nameIn = ({ $ref }: Reference): string => $ref.split('/').at(-1) ?? $ref;

const find = <T extends object>(components: Readonly<Record<string, T>>, value: T | Reference): T => {
  if (!('$ref' in value)) return value;
  const found = components[nameIn(value)];
  if (found === undefined) throw new Error(`the document has no ${value.$ref}`);
  return found;
};

const badge = (method: string): Html => html`<span class="method ${method}">${method}</span>`;

const parameterRow = ({ name, in: place, required, description, schema }: ParameterObject): Html =>
  html`<tr>
    <td><code>${name}</code> ${required ? html`<span class="must">required</span>` : undefined}</td>
    <td>${place}</td>
    <td>${typeOf(schema)}${limitsOf(schema)}</td>
    <td>${inline(description)}</td>
  </tr>`;

const parametersOf = (document: OpenApiDocument, { parameters }: OperationObject): Html =>
  parameters.length === 0
    ? html``
    : html`<h4>Parameters</h4>
        <div class="scroll">
          <table>
            ${parameters.map((parameter) => parameterRow(find(document.components.parameters, parameter)))}
          </table>
        </div>`;

const curlOf = (path: string, method: Method, operation: OperationObject, body: MediaTypeObject | undefined): Html => {
  const example = body?.examples?.['example']?.value;
  const lines = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$ORDER_SERVICE${path.replace(/\{(\w+)\}/g, '$$$1')}"`,
    ...(operation.security.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(example === undefined
      ? []
      : [
          "-H 'Content-Type: application/json'",
          '-H "Idempotency-Key: $(uuidgen)"',
          `-d '${JSON.stringify(example, null, 2)}'`,
        ]),
  ];
  return html`<details>
    <summary>curl</summary>
    <pre><code>${lines.join(' \\\n  ')}</code></pre>
  </details>`;
};

const problemLinks = (content: MediaTypeObject): Html => {
  const codes = Object.keys(content.examples ?? {});
  return html`${codes.map((code) => {
    const meaning = content.examples?.[code]?.summary ?? '';
    return html`<div><a href="/problems/${code}">${code}</a> <span class="dim">${inline(meaning)}</span></div>`;
  })}`;
};

const responseRow = (status: string, response: ResponseObject): Html => {
  const problem = response.content?.['application/problem+json'];
  const types = Object.entries(response.content ?? {}).map(
    ([type, { schema }]) => html` ${schema.$ref === undefined ? html`<code>${type}</code>` : typeOf(schema)}`,
  );
  const headers = Object.keys(response.headers ?? {});
  return html`<tr>
    <td>${status}</td>
    <td>${problem === undefined ? html`${inline(response.description)}${types}` : problemLinks(problem)}</td>
    <td class="dim">${headers.join(', ')}</td>
  </tr>`;
};

const callersOf = ({ 'x-callers': callers, 'x-grpc-method': grpc }: OperationObject): Html =>
  html`<p class="dim">
    ${callers === undefined ? 'No token needed.' : `For ${callers.join(', ')}.`}
    ${grpc === undefined ? undefined : html`gRPC: <code>${grpc}</code>`}
  </p>`;

const operationSection = (
  document: OpenApiDocument,
  path: string,
  method: Method,
  operation: OperationObject,
): Html => {
  const body = operation.requestBody?.content['application/json'];
  const responses = Object.entries(operation.responses);
  return html`<article id="${operation.operationId}">
    <h3>${badge(method)} <code>${path}</code></h3>
    <p><strong>${operation.summary}.</strong> ${inline(operation.description)}</p>
    ${callersOf(operation)} ${parametersOf(document, operation)}
    ${
      body === undefined
        ? undefined
        : html`<h4>Body</h4>
            <p>${typeOf(body.schema)}</p>`
    }
    ${curlOf(path, method, operation, body)}
    <h4>Answers</h4>
    <div class="scroll">
      <table>
        ${responses.map(([status, response]) => responseRow(status, find(document.components.responses, response)))}
      </table>
    </div>
  </article>`;
};

interface Entry {
  readonly path: string;
  readonly method: Method;
  readonly operation: OperationObject;
}

const entriesOf = (document: OpenApiDocument): readonly Entry[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method as Method, operation })),
  );

const problemsTable = (): Html =>
  html`<div class="scroll">
    <table>
      ${errorCodes.map((code) => {
        const { status, grpc_status, meaning, remedy } = problemTypeOf(code);
        return html`<tr>
          <td><a href="/problems/${code}">${code}</a></td>
          <td>${status}</td>
          <td>${grpc_status}</td>
          <td>${inline(`${meaning} ${remedy}`)}</td>
        </tr>`;
      })}
    </table>
  </div>`;

/** The document as a page for people. */
export const documentationPage = (document: OpenApiDocument): string => {
  const { info, tags, components } = document;
  const entries = entriesOf(document);
  const tagged = (name: string): readonly Entry[] => entries.filter(({ operation }) => operation.tags.includes(name));
  const schemas = Object.entries(components.schemas);
  return page(
    info.title,
    html`<div class="layout">
      <nav>
        <a href="#top"><b>${info.title}</b></a> <span class="dim">${info.version}</span>
        ${tags.map(
          ({ name }) =>
            html`<strong>${name}</strong>
              <ul>
                ${tagged(name).map(
                  ({ method, operation: { operationId, summary } }) =>
                    html`<li>${badge(method)} <a href="#${operationId}">${summary}</a></li>`,
                )}
              </ul>`,
        )}
        <strong>Reference</strong>
        <ul>
          <li><a href="#problems">Problems</a></li>
          <li><a href="#schemas">Schemas</a></li>
          <li><a href="/api/v1/orders/openapi.json">openapi.json</a></li>
          <li><a href="/api/v1/orders/asyncapi.json">asyncapi.json</a></li>
          <li><a href="/api/v1/orders/proto/order.proto">proto/order.proto</a></li>
          <li><a href="/api/v1/orders/proto/staff.proto">proto/staff.proto</a></li>
        </ul>
      </nav>
      <main id="top">
        <h1>${info.title}</h1>
        <p class="dim">${info.summary} OpenAPI ${document.openapi}, version ${info.version}.</p>
        ${prose(info.description)}
        ${tags.map(
          ({ name, description }) =>
            html`<h2 id="tag-${name}">${name}</h2>
              <p class="dim">${inline(description)}</p>
              ${tagged(name).map(({ path, method, operation }) => operationSection(document, path, method, operation))}`,
        )}
        <h2 id="problems">Problems</h2>
        ${problemsTable()}
        <h2 id="schemas">Schemas</h2>
        ${schemas.map(([name, schema]) => schemaSection(name, schema))}
      </main>
    </div>`,
  );
};
