/** The pattern that a request's path met, for the log: the path itself is text of the client. */
export const routeOf = (request: { readonly route?: unknown }): string | undefined => {
  const { path } = (request.route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? path : undefined;
};
