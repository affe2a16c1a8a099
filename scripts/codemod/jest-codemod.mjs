// Converts node:test + node:assert tests to Jest. Run in a checkout's root: node /tmp/jest-codemod.mjs [files...]
// Without files: every .ts below test/. Re-runnable: files without node:test / node:assert are left as they are.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
const root = process.cwd();
const require = createRequire(path.join(root, 'package.json'));
const ts = require('typescript');

const parsed = ts.getParsedCommandLineOfConfigFile(path.join(root, 'tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(String(d.messageText)); } });
const program = ts.createProgram(parsed.fileNames, parsed.options);
const checker = program.getTypeChecker();
const rel = (f) => path.relative(root, f);

// What the programs (chaos, bench) load runs outside Jest: it keeps node:assert.
const outside = new Set();
const follow = (file) => {
  if (outside.has(file)) return;
  const source = program.getSourceFile(file);
  if (!source) return;
  outside.add(file);
  for (const s of source.statements) {
    if ((ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) && s.moduleSpecifier && s.moduleSpecifier.text.startsWith('.')) {
      if (s.importClause?.isTypeOnly) continue;
      follow(path.resolve(path.dirname(file), s.moduleSpecifier.text.replace(/\.js$/, '.ts')));
    }
  }
};
for (const f of parsed.fileNames) if (/^test\/(bench|chaos)\//.test(rel(f)) && !f.endsWith('.test.ts')) follow(f);

const args = process.argv.slice(2).map((f) => path.resolve(root, f));
const targets = (args.length ? args : parsed.fileNames).filter((f) => /^test\//.test(rel(f)) && !outside.has(f));
const notes = [];

for (const file of targets) {
  const source = program.getSourceFile(file);
  if (!source) { console.error(`not in the program: ${file}`); continue; }
  const text = source.text;
  if (!/node:test'|node:assert/.test(text)) continue;
  const out = convert(source, text, file);
  if (out !== text) writeFileSync(file, out);
}
for (const n of notes) console.log(n);

function convert(source, text, file) {
  const testNames = new Set();
  let assertName;
  for (const s of source.statements) {
    if (!ts.isImportDeclaration(s)) continue;
    const from = s.moduleSpecifier.text;
    if (from === 'node:test') s.importClause.namedBindings.elements.forEach((e) => testNames.add(e.name.text));
    if (/^node:assert(\/strict)?$/.test(from)) assertName = s.importClause.name?.text;
  }
  const used = new Set();
  const needs = new Set();
  let assertLeft = false;
  const note = (node, what) => notes.push(`${rel(file)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what}`);
  const t = (node) => text.slice(node.getStart(source), node.end);

  const isImported = (id) => {
    if (!ts.isIdentifier(id) || !testNames.has(id.text)) return false;
    const symbol = checker.getSymbolAtLocation(id);
    return symbol?.declarations?.some((d) => ts.isImportSpecifier(d)) ?? false;
  };
  const isAssert = (id) => assertName !== undefined && ts.isIdentifier(id) && id.text === assertName;

  const render = (node) => {
    const own = replace(node);
    if (own !== undefined) return own;
    return plain(node);
  };
  const plain = (node) => {
    let result = '';
    let at = node.getStart(source);
    const children = [];
    ts.forEachChild(node, (c) => { children.push(c); });
    children.sort((a, b) => a.getStart(source) - b.getStart(source));
    for (const child of children) {
      const start = child.getStart(source);
      if (start < at) continue;
      result += text.slice(at, start) + render(child);
      at = child.end;
    }
    return result + text.slice(at, node.end);
  };

  const rename = { before: 'beforeAll', after: 'afterAll', describe: 'describe', it: 'it', suite: 'describe', test: 'it', beforeEach: 'beforeEach', afterEach: 'afterEach', mock: 'jest' };

  function replace(node) {
    if (ts.isImportDeclaration(node)) return plainImport(node);
    if (ts.isForOfStatement(node)) { const each = eachOf(node); if (each !== undefined) return each; }
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const c = assertion(node.expression, true);
      if (c !== undefined) return c.comment ? `// ${c.comment}\n${c.code};` : `${c.code};`;
    }
    if (ts.isCallExpression(node)) {
      const c = assertion(node, false);
      if (c !== undefined) return c.code;
      const call = testCall(node);
      if (call !== undefined) return call;
    }
    if (ts.isIdentifier(node)) {
      if (isAssert(node)) { assertLeft = true; return undefined; }
      if (isImported(node)) { const n = rename[node.text]; if (n) { used.add(n); return n; } note(node, `${node.text} stays`); }
    }
    return undefined;
  }

  const imports = [];
  function plainImport(node) {
    const from = node.moduleSpecifier.text;
    if (from === 'node:test') { imports.push(node); return '/*@test*/'; }
    if (/^node:assert(\/strict)?$/.test(from)) return '/*@assert*/';
    return undefined;
  }

  /** it/describe with options or a callback with a context. */
  function testCall(node) {
    if (!isImported(node.expression)) return undefined;
    const name = rename[node.expression.text];
    if (!['it', 'describe'].includes(name)) {
      if (node.arguments[0] && (ts.isArrowFunction(node.arguments[0])) && node.arguments[0].parameters.length) note(node, 'hook with a context');
      return undefined;
    }
    const last = node.arguments.at(-1);
    let body = last && ts.isArrowFunction(last) ? callback(last) : last && render(last);
    if (node.arguments.length === 3) {
      const [title, options] = node.arguments;
      let reason;
      if (ts.isObjectLiteralExpression(options)) {
        if (options.properties.length !== 1 || options.properties[0].name?.text !== 'skip') { note(node, `options ${t(options)}`); return undefined; }
        const p = options.properties[0];
        reason = ts.isShorthandPropertyAssignment(p) ? p.name.text : render(p.initializer);
      } else reason = render(options);
      const helper = name === 'it' ? 'itUnless' : 'describeUnless';
      needs.add(helper);
      return `${helper}(${reason})(${render(title)}, ${body})`;
    }
    if (node.arguments.length !== 2) { note(node, 'arguments'); return undefined; }
    used.add(name);
    return `${name}(${render(node.arguments[0])}, ${body})`;
  }

  /** The callback of a test, without the context that only took diagnostics. */
  function callback(fn) {
    if (fn.parameters.length === 0) return render(fn);
    const param = fn.parameters[0].name;
    if (!ts.isIdentifier(param)) { note(fn, 'context destructured'); return render(fn); }
    let other = false;
    const visit = (n) => {
      if (ts.isIdentifier(n) && n.text === param.text && n !== param) {
        const p = n.parent;
        if (!(ts.isPropertyAccessExpression(p) && p.expression === n && p.name.text === 'diagnostic')) other = true;
      }
      ts.forEachChild(n, visit);
    };
    visit(fn.body);
    if (other) { note(fn, `context ${param.text} used otherwise`); return render(fn); }
    const isAsync = fn.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    const body = render(fn.body).replaceAll(`${param.text}.diagnostic(`, 'console.log(');
    return `${isAsync ? 'async ' : ''}() => ${body}`;
  }

  /** for (const x of table) it(...) -> it.each(table)(...) */
  function eachOf(node) {
    if (!ts.isVariableDeclarationList(node.initializer) || node.initializer.declarations.length !== 1 || node.awaitModifier) return undefined;
    let body = node.statement;
    if (ts.isBlock(body)) { if (body.statements.length !== 1) return undefined; body = body.statements[0]; }
    if (!ts.isExpressionStatement(body) || !ts.isCallExpression(body.expression) || !isImported(body.expression.expression)) return undefined;
    const call = body.expression;
    const name = rename[call.expression.text];
    if (!['it', 'describe'].includes(name) || call.arguments.length !== 2) return undefined;
    const [title, fn] = call.arguments;
    if (!ts.isArrowFunction(fn) || fn.parameters.length !== 0) return undefined;
    const binding = node.initializer.declarations[0].name;
    const tableType = checker.getTypeAtLocation(node.expression);
    const isArray = checker.isArrayType(tableType) || checker.isTupleType(tableType);
    const elementType = checker.getTypeAtLocation(binding);
    const parts = ts.isTemplateExpression(title)
      ? [{ literal: title.head.text }, ...title.templateSpans.map((s) => ({ expression: s.expression, literal: s.literal.text }))]
      : ts.isStringLiteralLike(title) ? [{ literal: title.text }] : ts.isIdentifier(title) || ts.isPropertyAccessExpression(title) ? [{ literal: '' }, { expression: title, literal: '' }] : undefined;
    if (!parts) return undefined;
    const isPrimitive = (type) => (type.isUnion() ? type.types : [type]).every((x) => (x.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0);
    const elements = elementType.isUnion() ? elementType.types : [elementType];
    const rowsAreArrays = elements.some((x) => checker.isArrayType(x) || checker.isTupleType(x));
    if (elements.some((x) => x.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown))) return undefined;
    let format = '';
    let params;
    const expressions = parts.filter((p) => p.expression);
    if (expressions.some((p) => !isPrimitive(checker.getTypeAtLocation(p.expression)))) return undefined;
    const percent = (s) => s.replaceAll('%', '%%');
    if (ts.isIdentifier(binding)) {
      if (rowsAreArrays) return undefined;
      params = binding.text;
      const direct = expressions.filter((p) => ts.isIdentifier(p.expression) && p.expression.text === binding.text);
      if (direct.length > 1 || (direct.length && direct.length !== expressions.length)) return undefined;
      for (const p of parts) {
        if (p.expression) {
          if (direct.length) format += '%s';
          else {
            const keys = [];
            let e = p.expression;
            while (ts.isPropertyAccessExpression(e) && !e.questionDotToken) { keys.unshift(e.name.text); e = e.expression; }
            if (!ts.isIdentifier(e) || e.text !== binding.text || keys.length === 0 || /^[\w.]/.test(p.literal)) return undefined;
            format += `$${keys.join('.')}`;
          }
        }
        if (/\$|%/.test(p.literal)) return undefined;
        format += p.literal;
      }
    } else if (ts.isObjectBindingPattern(binding)) {
      if (binding.elements.some((e) => e.dotDotDotToken || e.initializer || !ts.isIdentifier(e.name))) return undefined;
      params = t(binding);
      for (const p of parts) {
        if (p.expression) {
          const el = ts.isIdentifier(p.expression) && binding.elements.find((e) => e.name.text === p.expression.text);
          if (!el || /^[\w.]/.test(p.literal)) return undefined;
          format += `$${(el.propertyName ?? el.name).text}`;
        }
        if (/\$|%/.test(p.literal)) return undefined;
        format += p.literal;
      }
    } else {
      if (binding.elements.some((e) => !ts.isBindingElement(e) || e.dotDotDotToken || e.initializer)) return undefined;
      if (!elements.every((x) => checker.isTupleType(x))) return undefined;
      params = binding.elements.map((e) => t(e)).join(', ');
      for (const [i, p] of parts.entries()) {
        if (p.expression) {
          if (!ts.isIdentifier(p.expression) || binding.elements[i - 1]?.name?.text !== p.expression.text) return undefined;
          format += '%s';
        }
        if (/%/.test(p.literal)) return undefined;
        format += p.literal;
      }
    }
    used.add(name);
    const table = isArray ? render(node.expression) : `[...${render(node.expression)}]`;
    const isAsync = fn.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword);
    return `${name}.each(${table})(${quote(format)}, ${isAsync ? 'async ' : ''}(${params}) => ${render(fn.body)});`;
  }

  function quote(s) { return `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`; }

  function assertion(node, statement) {
    const callee = node.expression;
    let method;
    if (isAssert(callee)) method = 'ok';
    else if (ts.isPropertyAccessExpression(callee) && isAssert(callee.expression)) method = callee.name.text;
    else return undefined;
    const a = node.arguments;
    const at = { ok: 1, fail: 0 }[method] ?? (/^(doesNotThrow)$/.test(method) ? 1 : 2);
    const message = a[at];
    const expecting = (code) => { used.add('expect'); return { code, ...(message && statement && ts.isStringLiteralLike(message) && { comment: message.text }) }; };
    const keep = () => undefined;
    if (method === 'fail') return keep();
    // A message with values in it, or one inside an expression, tells what Jest's report cannot.
    if (message && !(statement && ts.isStringLiteralLike(message))) return keep();
    const r = (n) => render(n);
    const E = (n) => `expect(${r(n)})`;
    const boundary = (n) => (ts.isParenthesizedExpression(n) ? n.expression : n);
    switch (method) {
      case 'equal': case 'strictEqual': {
        if (message && narrows(node, a[0])) return keep();
        const [x, y] = a;
        if (ts.isIdentifier(y) && y.text === 'undefined') return expecting(`${E(x)}.toBeUndefined()`);
        if (y.kind === ts.SyntaxKind.NullKeyword) return expecting(`${E(x)}.toBeNull()`);
        if (ts.isPropertyAccessExpression(x) && x.name.text === 'length' && !x.questionDotToken && !isOptional(x.expression)) return expecting(`expect(${r(x.expression)}).toHaveLength(${r(y)})`);
        return expecting(`${E(x)}.toBe(${r(y)})`);
      }
      case 'notEqual': case 'notStrictEqual':
        if (ts.isIdentifier(a[1]) && a[1].text === 'undefined') { if (narrows(node, a[0])) return keep(); return expecting(`${E(a[0])}.toBeDefined()`); }
        return expecting(`${E(a[0])}.not.toBe(${r(a[1])})`);
      case 'deepEqual': case 'deepStrictEqual': return expecting(`${E(a[0])}.toStrictEqual(${r(a[1])})`);
      case 'notDeepEqual': return expecting(`${E(a[0])}.not.toStrictEqual(${r(a[1])})`);
      case 'match': return expecting(`${E(a[0])}.toMatch(${r(a[1])})`);
      case 'doesNotMatch': return expecting(`${E(a[0])}.not.toMatch(${r(a[1])})`);
      case 'doesNotThrow': return expecting(`${E(a[0])}.not.toThrow()`);
      case 'throws': case 'rejects': {
        const how = method === 'rejects' ? '.rejects' : '';
        if (a.length === 1) return expecting(`${E(a[0])}${how}.toThrow()`);
        const m = a[1];
        const type = checker.getTypeAtLocation(m);
        if (ts.isRegularExpressionLiteral(m) || type.symbol?.name === 'RegExp') return expecting(`${E(a[0])}${how}.toThrow(${r(m)})`);
        if (ts.isObjectLiteralExpression(m)) {
          const hasRegex = m.properties.some((p) => p.initializer && ts.isRegularExpressionLiteral(p.initializer));
          const obj = hasRegex ? `{ ${m.properties.map((p) => p.initializer && ts.isRegularExpressionLiteral(p.initializer) ? `${t(p.name)}: expect.stringMatching(${r(p.initializer)})` : r(p)).join(', ')} }` : r(m);
          return expecting(method === 'rejects' ? `${E(a[0])}.rejects.toMatchObject(${obj})` : `${E(a[0])}.toThrow(expect.objectContaining(${obj}))`);
        }
        if (ts.isIdentifier(m) && type.getConstructSignatures().length) return expecting(`${E(a[0])}${how}.toThrow(${r(m)})`);
        note(node, `${method} with ${t(m).slice(0, 40)}`);
        return keep();
      }
      case 'ok': {
        if (narrows(node, a[0])) return keep();
        const x = boundary(a[0]);
        if (ts.isBinaryExpression(x)) {
          const op = x.operatorToken.kind;
          const K = ts.SyntaxKind;
          const numeric = [x.left, x.right].every((n) => (checker.getTypeAtLocation(n).flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) !== 0);
          const name = { [K.LessThanToken]: 'toBeLessThan', [K.LessThanEqualsToken]: 'toBeLessThanOrEqual', [K.GreaterThanToken]: 'toBeGreaterThan', [K.GreaterThanEqualsToken]: 'toBeGreaterThanOrEqual' }[op];
          if (name && numeric) return expecting(`${E(x.left)}.${name}(${r(x.right)})`);
          if (op === K.EqualsEqualsEqualsToken) return expecting(`${E(x.left)}.toBe(${r(x.right)})`);
          if (op === K.ExclamationEqualsEqualsToken) return expecting(`${E(x.left)}.not.toBe(${r(x.right)})`);
          if (op === K.InstanceOfKeyword) return expecting(`${E(x.left)}.toBeInstanceOf(${r(x.right)})`);
          if (op === K.AmpersandAmpersandToken && statement && !message) {
            const inner = (n) => okPart(n, r);
            const l = inner(boundary(x.left)); const rr = inner(boundary(x.right));
            if (l && rr) { used.add('expect'); return { code: `${l};\n${rr}` }; }
          }
        }
        const part = okPart(x, r);
        return expecting(part);
      }
      default: note(node, `assert.${method}`); return keep();
    }
  }

  function okPart(x, r) {
    const K = ts.SyntaxKind;
    if (ts.isBinaryExpression(x)) {
      const numeric = [x.left, x.right].every((n) => (checker.getTypeAtLocation(n).flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) !== 0);
      const name = { [K.LessThanToken]: 'toBeLessThan', [K.LessThanEqualsToken]: 'toBeLessThanOrEqual', [K.GreaterThanToken]: 'toBeGreaterThan', [K.GreaterThanEqualsToken]: 'toBeGreaterThanOrEqual' }[x.operatorToken.kind];
      if (name && numeric) return `expect(${r(x.left)}).${name}(${r(x.right)})`;
    }
    const negated = ts.isPrefixUnaryExpression(x) && x.operator === K.ExclamationToken;
    const inner = negated ? x.operand : x;
    const not = negated ? '.not' : '';
    if (ts.isCallExpression(inner) && ts.isPropertyAccessExpression(inner.expression) && !inner.expression.questionDotToken && !isOptional(inner.expression.expression)) {
      const on = inner.expression.expression;
      const m = inner.expression.name.text;
      if (m === 'includes' && inner.arguments.length === 1) return `expect(${r(on)})${not}.toContain(${r(inner.arguments[0])})`;
      if (m === 'test' && inner.arguments.length === 1 && checker.getTypeAtLocation(on).symbol?.name === 'RegExp') return `expect(${r(inner.arguments[0])})${not}.toMatch(${r(on)})`;
      if (m === 'has' && inner.arguments.length === 1 && /^(Readonly)?Set$/.test(checker.getTypeAtLocation(on).symbol?.name ?? '')) return `expect(${r(on)})${not}.toContain(${r(inner.arguments[0])})`;
    }
    const boolean = (checker.getTypeAtLocation(inner).flags & ts.TypeFlags.BooleanLike) !== 0 || checker.typeToString(checker.getTypeAtLocation(inner)) === 'boolean';
    if (boolean) return `expect(${r(inner)}).toBe(${!negated})`;
    return negated ? `expect(${r(inner)}).toBeFalsy()` : `expect(${r(inner)}).toBeTruthy()`;
  }

  function isOptional(n) {
    while (ts.isPropertyAccessExpression(n) || ts.isCallExpression(n) || ts.isElementAccessExpression(n) || ts.isNonNullExpression(n)) {
      if (n.questionDotToken) return true;
      n = n.expression;
    }
    return false;
  }

  /** Whether what the condition speaks of is used again below it, so that TypeScript may rely on the assertion. */
  function narrows(node, condition) {
    const names = new Set();
    let capable = false;
    const see = (n) => {
      if (ts.isParenthesizedExpression(n)) return see(n.expression);
      if (ts.isIdentifier(n)) { names.add(n.text); capable = true; return; }
      if (ts.isPropertyAccessExpression(n) || ts.isNonNullExpression(n) || ts.isElementAccessExpression(n)) { capable = true; let e = n; while (e.expression && !ts.isCallExpression(e)) e = e.expression; if (ts.isIdentifier(e)) names.add(e.text); return; }
      if (ts.isPrefixUnaryExpression(n)) return see(n.operand);
      if (ts.isTypeOfExpression(n)) return see(n.expression);
      if (ts.isBinaryExpression(n)) {
        const K = ts.SyntaxKind;
        if ([K.LessThanToken, K.LessThanEqualsToken, K.GreaterThanToken, K.GreaterThanEqualsToken].includes(n.operatorToken.kind)) return;
        see(n.left);
        if (n.operatorToken.kind !== K.InstanceOfKeyword) see(n.right);
        return;
      }
      if (ts.isCallExpression(n)) {
        const s = checker.getResolvedSignature(n);
        if (s && checker.getTypePredicateOfSignature(s)) { capable = true; for (const x of n.arguments) see(x); }
      }
    };
    see(condition);
    if (!capable || names.size === 0) return false;
    // types that cannot get narrower need no assertion of theirs
    let scope = node.parent;
    while (scope && !ts.isBlock(scope) && !ts.isSourceFile(scope)) { if (ts.isArrowFunction(scope) && !ts.isBlock(scope.body)) return false; scope = scope.parent; }
    let found = false;
    const visit = (n) => { if (found) return; if (n.end <= node.end) return; if (ts.isIdentifier(n) && n.getStart(source) > node.end && names.has(n.text) && !(ts.isPropertyAccessExpression(n.parent) && n.parent.name === n) && !(ts.isPropertyAssignment(n.parent) && n.parent.name === n)) { found = true; return; } ts.forEachChild(n, visit); };
    visit(scope);
    return found;
  }

  let result = text.slice(0, source.getStart(source)) + plain(source);
  const jestNames = [...used].sort();
  const line = jestNames.length ? `import { ${jestNames.join(', ')} } from '@jest/globals';` : '';
  const relative = (to) => { let p = path.relative(path.dirname(file), path.join(root, to)); return p.startsWith('.') ? p : `./${p}`; };
  const extra = needs.size ? `import { ${[...needs].sort().join(', ')} } from '${relative('test/support/skip.js')}';` : '';
  // Node's own come first in an import list; the packages follow; our own last.
  let had = false;
  result = result.replace(/\/\*@test\*\/;?\n?/, () => { had = true; return line ? `${line}\n` : ''; });
  if (!had && line) result = result.replace('/*@assert*/', `/*@assert*/\n${line}`);
  result = result.replace(/\/\*@assert\*\/;?\n?/, assertLeft ? `import assert from 'node:assert/strict';\n` : '');
  if (extra) {
    const lines = result.split('\n');
    const lastImport = lines.findLastIndex((l) => /^(import .*|\} )from '.*';$/.test(l) || /^\} from '.*';$/.test(l));
    lines.splice(lastImport + 1, 0, extra);
    result = lines.join('\n');
  }
  return result;
}
