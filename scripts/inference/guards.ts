import { parseAst } from 'rolldown/parseAst';

/** What the bundler of an application defines as true where it only infers. */
export const inferenceFlag = '__CONVNET_INFERENCE__';

/** Whether it does, in words that bundlers fold; always the same ones, which compress best. */
const isDefined = `(typeof ${inferenceFlag} !== "undefined" && ${inferenceFlag})`;

/** How the sources ask for it: by this constant of tensor-core. */
const constant = 'forInference';

/** A node of the syntax tree. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [child: string]: unknown;
}

/** What comes in the place of a part of the code. */
type Edit = readonly [start: number, end: number, text: string];

function isNode(value: unknown): value is Node {
  return typeof (value as Partial<Node> | null)?.type === 'string';
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isCalled(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node['name'] === name;
}

/** Whether an identifier stands for its value, and is no name in a declaration, an import, an export or an object. */
function isRead(node: Node, parent: Node): boolean {
  if (/^(?:Import|Export|VariableDeclarator)/.test(parent.type)) return false;
  return parent['key'] !== node && parent['property'] !== node;
}

/** The gradient rule that an operation or a row of a table states, where this is its member. */
function gradientRule(node: Node): Node | null {
  if (node.type !== 'Property' || !isCalled(node['key'], 'gradient')) return null;
  const value = node['value'] as Node;
  const isFunction = /^(?:Arrow)?FunctionExpression$/.test(value.type);
  // A rule is given something; what takes nothing stands for a constant of that name.
  return isFunction && (value['params'] as readonly Node[]).length > 0 ? value : null;
}

/**
 * The body of a rule behind the condition. The rule stays a function, so that defining it reads nothing and a bundler may
 * leave out an operation that nobody applies; what it takes out of its parameters it takes in the body.
 */
function guarded(rule: Node, code: string): readonly Edit[] {
  const textOf = ({ start, end }: Node): string => code.slice(start, end);
  const edits: Edit[] = [];
  let taken = '';
  for (const [i, parameter] of (rule['params'] as readonly Node[]).entries()) {
    if (parameter.type !== 'ObjectPattern') continue;
    edits.push([parameter.start, parameter.end, `given${i}`]);
    taken += `const ${textOf(parameter)} = given${i};`;
  }
  const body = rule['body'] as Node;
  const begin = `if (!${isDefined}) {${taken}`;
  if (body.type === 'BlockStatement') {
    edits.push([body.start + 1, body.start + 1, begin], [body.end - 1, body.end - 1, '}']);
  } else {
    // The parentheses around an object literal are not its own.
    const arrow = code.lastIndexOf('=>', body.start) + 2;
    edits.push([arrow, rule.end, ` {${begin} return ${code.slice(arrow, rule.end)}; } }`]);
  }
  return edits;
}

/**
 * Puts `forInference` in place, and guards the bodies of all gradient rules with it, so that an application's bundler that
 * defines the flag as true leaves out what only these reach. A constant of another module would do for Rollup and Rolldown;
 * esbuild and webpack leave out only what they can tell from one module by itself.
 *
 * @returns null where there is nothing to do.
 */
export function guardTraining(code: string): string | null {
  if (!code.includes(constant) && !code.includes('gradient')) return null;
  const edits: Edit[] = [];
  const visit = (node: Node, parent: Node | null): void => {
    const rule = gradientRule(node);
    if (rule !== null) edits.push(...guarded(rule, code));
    if (isCalled(node, constant) && parent !== null && isRead(node, parent)) {
      edits.push([node.start, node.end, isDefined]);
    }
    for (const child of childrenOf(node)) visit(child, node);
  };
  visit(parseAst(code) as unknown as Node, null);
  if (edits.length === 0) return null;
  let text = code;
  for (const [start, end, replacement] of edits.toSorted((a, b) => b[0] - a[0])) {
    text = text.slice(0, start) + replacement + text.slice(end);
  }
  return text;
}
