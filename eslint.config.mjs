import { readFileSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom, shared with test/unit/imports.test.ts. Each row: files below `in` (but not below `except`) import nothing of `never`, and where
 * given, nothing of this project but `project` and no package but `packages`. A name with a trailing slash is a folder, one ending in .ts a
 * file, anything else a package.
 */
const directions = JSON.parse(readFileSync(new URL('import-directions.json', import.meta.url), 'utf8'));

const deepestFolder = 5;

const segments = (folder) => folder.split('/').filter((part) => part !== '');
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const isOfProject = (name) => /\/$|\.ts$/.test(name);

/** How a file `depth` folders deep, somewhere below `scope`, writes its import of `target`. */
const specifier = (scope, depth, target) => {
  const own = segments(scope);
  const theirs = segments(target);
  const apart = own.findIndex((part, at) => part !== theirs[at]);
  const shared = Math.min(apart === -1 ? own.length : apart, theirs.length - 1);
  const up = depth - shared;
  const rest = theirs.slice(shared).join('/');
  return (
    (up === 0 ? '\\.\\/' : `(?:\\.\\.\\/){${up}}`) +
    literal(target.endsWith('/') ? `${rest}/` : rest.replace(/ts$/, 'js'))
  );
};

const patterns = (scope, depth, { in: folders, never = [], project, packages, why }) => {
  const regexes = never.map((name) =>
    isOfProject(name) ? `^${specifier(scope, depth, name)}` : `^${literal(name)}(?:\\/|$)`,
  );
  if (project) {
    const outside = project.filter((name) => !folders.includes(name)).map((name) => specifier(scope, depth, name));
    const home = Math.max(
      ...folders.filter((folder) => scope.startsWith(folder)).map((folder) => segments(folder).length),
    );
    regexes.push(`^${outside.map((path) => `(?!${path})`).join('')}(?:\\.\\.\\/){${depth - home + 1}}`);
  }
  if (packages) regexes.push(`^(?!\\.)(?!(?:${packages.map(literal).join('|')})(?:\\/|$))`);
  return regexes.map((regex) => ({ regex, message: why }));
};

/** One block for each scope and depth, general scopes first, since the last block that matches a file decides. */
const importDirections = [...new Set(directions.flatMap((row) => [...row.in, ...(row.except ?? [])]))]
  .sort((a, b) => a.length - b.length)
  .flatMap((scope) => {
    const rows = directions.filter(
      (row) =>
        row.in.some((folder) => scope.startsWith(folder)) && !row.except?.some((folder) => scope.startsWith(folder)),
    );
    const top = segments(scope).length;
    return Array.from({ length: deepestFolder - top + 1 }, (_, below) => ({
      name: `import-directions/${scope}${'*/'.repeat(below)}`,
      files: [`${scope}${'*/'.repeat(below)}*.{ts,mjs}`],
      rules: {
        'no-restricted-imports': ['error', { patterns: rows.flatMap((row) => patterns(scope, top + below, row)) }],
      },
    }));
  });

const unwantedSyntax = [
  { selector: 'Decorator', message: 'No decorators: pass functions.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines it.' },
  { selector: 'TSEnumDeclaration', message: 'No enums: a union of literals.' },
  {
    selector: "BinaryExpression[operator='instanceof'][right.name='Error']",
    message: 'Errors of another realm are no instances: use types.isNativeError of node:util.',
  },
  { selector: "ImportDeclaration[source.value='node:test']", message: 'Tests run on Jest: import from @jest/globals.' },
];

/** Parts of the Dapr SDK that lose what this service needs (docs/adr/0020-dapr-sdk.md). */
const unwantedSdk = [
  {
    selector: "MemberExpression[property.name='invoker']",
    message: "The SDK's invoker hides the status and the headers of an answer: use effects' service calls.",
  },
  {
    selector: "MemberExpression[property.name='getStateManager']",
    message: "Orders are in Postgres: the SDK's state manager is not used.",
  },
  {
    selector: 'ImportSpecifier[imported.name=/^(DaprServer|HTTPClient|GRPCClient)$/]',
    message: "The SDK's server hides event ids and listens on every interface: routes are our own.",
  },
];

export default defineConfig(
  { ignores: ['clients/', 'dist/', 'node_modules/', 'coverage/', '.data/', 'proto/gen/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Factories return objects of functions; there is no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': ['error', { allow: ['overrideMethods', 'asyncMethods'] }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 250 }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...unwantedSyntax, ...unwantedSdk],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['actors/**', 'analytics/**', 'api/**', 'persistence/**', 'effects/**', 'observability/**'],
    // OpenTelemetry is configured by its own OTEL_* variables, before config.ts is read.
    ignores: ['observability/tracing.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'config.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['actors/rules/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time comes in as data.' },
        { object: 'Math', property: 'random', message: 'Chance comes in as data.' },
      ],
      'no-restricted-globals': ['error', 'process', 'crypto', 'fetch', 'setTimeout', 'setInterval'],
      'no-restricted-syntax': [
        'error',
        ...unwantedSyntax,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes in as data.' },
      ],
    },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
  // Floor A of the benchmark is the SDK's own server.
  { files: ['test/bench/programs/**'], rules: { 'no-restricted-syntax': ['error', ...unwantedSyntax] } },
  {
    files: ['test/**'],
    rules: {
      'max-lines': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  ...importDirections,
);
