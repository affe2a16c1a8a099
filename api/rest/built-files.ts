import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Request, RequestHandler, Response } from 'express';

/** What the build writes beside each file, best first: the name of the coding and how the file ends. */
const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface Content {
  readonly coding: string | undefined;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** A file as it is, and compressed. */
interface BuiltFile {
  /** Its extension, for the content type. */
  readonly type: string;
  readonly plain: Content;
  readonly compressed: ReadonlyMap<string, Content>;
}

const contentOf = (file: string, coding?: string): Content => {
  const bytes = readFileSync(file);
  // By content, so that all replicas answer the same one; each coding is a representation of its own.
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { coding, bytes, etag };
};

/** Reads a built file and what the build has compressed of it; undefined: it is not built. */
export const readBuiltFile = (file: string): BuiltFile | undefined => {
  if (!existsSync(file)) return undefined;
  const compressed = codings
    .filter(([, ending]) => existsSync(file + ending))
    .map(([coding, ending]) => [coding, contentOf(file + ending, coding)] as const);
  return { type: path.extname(file), plain: contentOf(file), compressed: new Map(compressed) };
};

/** Answers with the file in the smallest coding that the client accepts, or that it is still the same. */
export const sendBuiltFile = (request: Request, response: Response, file: BuiltFile): void => {
  const accepted = [...file.compressed.keys()].find((coding) => request.acceptsEncodings(coding) !== false);
  const { coding, bytes, etag } = file.compressed.get(accepted ?? '') ?? file.plain;
  response.vary('Accept-Encoding').set('ETag', etag).type(file.type);
  if (request.get('If-None-Match')?.includes(etag) === true) {
    response.status(304).end();
    return;
  }
  if (coding !== undefined) response.set('Content-Encoding', coding);
  response.send(bytes);
};

/**
 * Serves the built files of a folder, read once: they are small, and never change while a replica runs. Their names
 * change with their content, so that clients may keep them. Anything else is left to the next handler.
 */
export const builtFiles = (folder: string): RequestHandler => {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = new Map<string, BuiltFile>(
    names
      .filter((name) => codings.every(([, ending]) => !name.endsWith(ending)))
      .flatMap((name) => {
        const file = readBuiltFile(path.join(folder, name));
        return file === undefined ? [] : [[`/${name}`, file] as const];
      }),
  );
  return (request, response, next) => {
    const file = ['GET', 'HEAD'].includes(request.method) ? files.get(request.path) : undefined;
    if (file === undefined) {
      next();
      return;
    }
    response.set('Cache-Control', 'public, max-age=31536000, immutable');
    sendBuiltFile(request, response, file);
  };
};
