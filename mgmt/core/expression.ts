import { StateliteError } from '../../agent/errors.ts';
import { type Value, callFunction, integer } from './expression-functions.ts';

/** What an expression is worth for the captures of a match: `captures[1]` is `$1`. */
export type Expression = (captures: readonly (string | undefined)[]) => Value;

/** A number, a string in quotes, `$1` or `${1}`, a function's name, an operator. */
const token =
  /\s*(?:(?<number>\d+)|'(?<single>[^']*)'|"(?<double>[^"$@\\]*)"|\$(?:(?<bare>\d)|\{(?<braced>\d+)\})|(?<name>[a-z]\w*)|(?<sign>\*\*|[-+*/%(),]))\s*/uy;

/**
 * Reads the arithmetic of a regex value (reference 2.7): integers, `$1`, `+ - * / % **`, signs,
 * parentheses and xCAT's functions, as Perl means them under `use integer`. Nothing is run as code.
 * Throws ERR_STATELITE_ROW; the expression it gives throws it too, for captures it cannot take.
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(tokens(text), text);
  const expression = parser.sum();
  parser.end();
  return expression;
}

interface Token {
  readonly kind: 'number' | 'string' | 'capture' | 'name' | 'sign' | 'end';
  readonly text: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) return refuse(text, `${text.slice(at).trim()} is no arithmetic`);
    const { number, single, double, bare, braced, name, sign = '' } = groups;
    const string = single ?? double;
    const capture = bare ?? braced;
    if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (string !== undefined) found.push({ kind: 'string', text: string });
    else if (capture !== undefined) found.push({ kind: 'capture', text: capture });
    else if (name !== undefined) found.push({ kind: 'name', text: name });
    else found.push({ kind: 'sign', text: sign });
  }
  return found;
}

/** Recursive descent; the length of a value bounds the depth. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #next = 0;

  constructor(all: readonly Token[], text: string) {
    this.#tokens = all;
    this.#text = text;
  }

  sum(): Expression {
    return this.#chain(() => this.#product(), ['+', '-']);
  }

  end(): void {
    const { kind, text } = this.#peek();
    if (kind !== 'end') refuse(this.#text, `${text} is in its way`);
  }

  #product(): Expression {
    return this.#chain(() => this.#signed(), ['*', '/', '%']);
  }

  #chain(part: () => Expression, signs: readonly string[]): Expression {
    let left = part();
    for (let sign = this.#take(...signs); sign !== undefined; sign = this.#take(...signs)) {
      left = this.#operation(sign, left, part());
    }
    return left;
  }

  #signed(): Expression {
    const sign = this.#take('+', '-');
    if (sign === undefined) return this.#power();
    const operand = this.#signed();
    return sign === '+' ? operand : (captures) => -integer(operand(captures));
  }

  #power(): Expression {
    const base = this.#atom();
    return this.#take('**') === undefined ? base : this.#operation('**', base, this.#signed());
  }

  #atom(): Expression {
    const { kind, text } = this.#peek();
    this.#next += 1;
    switch (kind) {
      case 'number': {
        // Perl would read it as octal.
        if (/^0\d/u.test(text)) refuse(this.#text, `${text} begins with a zero`);
        const number = integer(text);
        return () => number;
      }
      case 'string':
        return () => text;
      case 'capture':
        return (captures) => captureOf(captures, Number(text));
      case 'name': {
        const parts = this.#arguments();
        return (captures) =>
          callFunction(
            text,
            parts.map((part) => part(captures)),
          );
      }
      case 'sign':
        if (text === '(') {
          const inner = this.sum();
          this.#expect(')');
          return inner;
        }
        return refuse(this.#text, `${text} is in its way`);
      case 'end':
        return refuse(this.#text, 'it ends too early');
    }
  }

  #arguments(): Expression[] {
    this.#expect('(');
    const parts: Expression[] = [];
    if (this.#take(')') !== undefined) return parts;
    do parts.push(this.sum());
    while (this.#take(',') !== undefined);
    this.#expect(')');
    return parts;
  }

  #operation(sign: string, left: Expression, right: Expression): Expression {
    return (captures) => {
      const [a, b] = [integer(left(captures)), integer(right(captures))];
      if ((sign === '/' || sign === '%') && b === 0) refuse(this.#text, 'it divides by 0');
      return integer(calculate(sign, a, b));
    };
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  #take(...signs: readonly string[]): string | undefined {
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || !signs.includes(text)) return undefined;
    this.#next += 1;
    return text;
  }

  #expect(sign: string): void {
    if (this.#take(sign) === undefined) refuse(this.#text, `${sign} is missing`);
  }
}

function calculate(sign: string, a: number, b: number): number {
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    case '%':
      return a % b;
    default:
      return Math.trunc(a ** b);
  }
}

function captureOf(captures: readonly (string | undefined)[], number: number): string {
  if (number > 0 && number < captures.length) return captures[number] ?? '';
  throw new StateliteError('ERR_STATELITE_ROW', `there is no $${number}`, {
    hint: 'the left side has fewer parentheses, or the name fewer numbers',
  });
}

function refuse(text: string, problem: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', `cannot calculate ${text}: ${problem}`, {
    hint: 'integers, $1, + - * / % **, parentheses, mknum a2idx a2zidx dim2idx skip ipadd',
  });
}
