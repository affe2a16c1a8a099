import { parser } from '@prometheus-io/lezer-promql';

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree['topNode'];

const conditions = ['Eql', 'Neq', 'Gtr', 'Lss', 'Gte', 'Lte', 'And', 'Or', 'Unless'];
const expressions = ['BinaryExpr', 'ParenExpr', 'FunctionCall', 'AggregateExpr', 'VectorSelector', 'UnaryExpr'];

const childrenOf = (node: Node): readonly Node[] => {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
};

const nodesOf = (tree: Tree): readonly Node[] => {
  const nodes: Node[] = [];
  tree.iterate({ enter: ({ node }) => void nodes.push(node) });
  return nodes;
};

/** The expression as a tree. @throws where it is no PromQL */
const treeOf = (expression: string): Tree => {
  const tree = parser.parse(expression);
  if (nodesOf(tree).some(({ type }) => type.isError)) throw new Error(`no PromQL: ${expression}`);
  return tree;
};

const operandsOf = (node: Node, text: string): readonly string[] => {
  const children = childrenOf(node);
  const [first] = children;
  const inner = children.filter(({ name }) => expressions.includes(name));
  const compares = node.name === 'BinaryExpr' && children.some(({ name }) => conditions.includes(name));
  if (compares || node.name === 'ParenExpr') return inner.flatMap((operand) => operandsOf(operand, text));
  if (node.name === 'FunctionCall' && first?.firstChild?.name === 'Absent') {
    const body = node.getChild('FunctionCallBody');
    return (body === null ? [] : childrenOf(body)).flatMap((operand) => operandsOf(operand, text));
  }
  return [text.slice(node.from, node.to)];
};

/** What an expression compares and combines, without the conditions: each part must have data while all is well. */
export const operands = (expression: string): readonly string[] => {
  const [top] = childrenOf(treeOf(expression).topNode);
  return top === undefined ? [] : operandsOf(top, expression);
};

/** A series as an expression selects it. */
export interface Selected {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Every series that an expression selects, and the labels that it names anywhere. */
export const selected = (
  expression: string,
): { readonly series: readonly Selected[]; readonly by: readonly string[] } => {
  const nodes = nodesOf(treeOf(expression));
  const words = (of: Node, kind: string): readonly string[] =>
    nodes
      .filter((node) => node.name === kind && node.from >= of.from && node.to <= of.to)
      .map((node) => expression.slice(node.from, node.to));
  const series = nodes
    .filter(({ name }) => name === 'VectorSelector')
    .map((node) => ({ name: words(node, 'Identifier')[0] ?? '', labels: words(node, 'LabelName') }));
  const by = nodes.filter(({ name }) => name === 'GroupingLabels').flatMap((node) => words(node, 'LabelName'));
  return { series, by };
};
