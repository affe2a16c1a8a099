// `npm run proto:breaking`: the contract against the one on main. Without a contract there, nothing can break.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });

const base = ['main', 'origin/main'].find((ref) =>
  ['buf.yaml', 'proto/order/v1/order.proto'].every((file) => git('cat-file', '-e', `${ref}:${file}`).status === 0),
);
if (base === undefined) {
  console.log('proto:breaking: no contract on main yet, nothing to compare with');
} else {
  // In a worktree .git is a file, so git says where the repository is.
  const repository = path.resolve(root, git('rev-parse', '--git-common-dir').stdout.trim());
  const against = `${repository}#format=git,${base === 'main' ? 'branch=main' : 'ref=refs/remotes/origin/main'}`;
  const buf = spawnSync(path.join(root, 'node_modules/.bin/buf'), ['breaking', '--against', against], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = buf.status ?? 1;
}
