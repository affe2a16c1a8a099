import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from './failure.js';
import { unpackPackage } from './system-package.js';

/** What the base image of the Dockerfile consists of, and the library that is copied beside Node. */
const packages = [
  ...['base-files', 'netbase', 'tzdata', 'ca-certificates', 'libc6', 'libgcc-s1', 'libstdc++6', 'libssl3', 'libgomp1'],
  'libatomic1',
];

/** Folders of packages that the base image leaves out. */
const leftOut = ['usr/share/doc', 'usr/share/man', 'usr/share/lintian', 'usr/share/locale'];

/** Lays what the image has beneath /app into a folder. @throws Failure where Debian's packages cannot be had */
export const layBase = (root: string): void => {
  const work = mkdtempSync(join(tmpdir(), 'order-service-base-'));
  try {
    for (const name of packages) {
      const folder = join(work, name);
      if (!unpackPackage(name, folder)) throw new Failure(`The Debian package ${name} could not be fetched.`);
      for (const entry of readdirSync(folder))
        cpSync(join(folder, entry), join(root, entry), { recursive: true, verbatimSymlinks: true });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const folder of leftOut) rmSync(join(root, folder), { recursive: true, force: true });
  const node = join(root, 'usr', 'local', 'bin', 'node');
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
};
