/** Objects and lists inside one another; deeper ones are refused, as Python's own limit does. */
export const MAX_NESTING = 200;

/** What the `json` of Python up to 3.12 says of a text that is no JSON. `position` counts characters, as Python does. */
export interface JsonFault {
  readonly message: string;
  readonly position: number;
}

class Fault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORDS = ['null', 'true', 'false'];

/** Walks a text in the order in which Python's decoder does, so that the first fault is the same one at the same place. */
class Walk {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  peek(): string {
    return this.text.charAt(this.at);
  }

  skipBlank(): void {
    while (this.peek() !== '' && ' \t\n\r'.includes(this.peek())) this.at += 1;
  }

  value(depth: number): void {
    if (depth > MAX_NESTING) throw new Fault('Expecting value', this.at);
    if (this.peek() === '"') return this.string();
    if (this.peek() === '{') return this.object(depth);
    if (this.peek() === '[') return this.list(depth);
    const word = WORDS.find((one) => this.text.startsWith(one, this.at));
    NUMBER.lastIndex = this.at;
    const length = word?.length ?? NUMBER.exec(this.text)?.[0].length;
    if (length === undefined) throw new Fault('Expecting value', this.at);
    this.at += length;
  }

  string(): void {
    const from = this.at;
    this.at += 1;
    for (; ; this.at += 1) {
      const sign = this.peek();
      if (sign === '') throw new Fault('Unterminated string starting at', from);
      if (sign < ' ') throw new Fault('Invalid control character at', this.at);
      if (sign === '"') break;
      if (sign === '\\') this.escape(from);
    }
    this.at += 1;
  }

  escape(from: number): void {
    this.at += 1;
    if (this.peek() === '') throw new Fault('Unterminated string starting at', from);
    if (this.peek() === 'u') {
      if (!/^[0-9a-fA-F]{4}/.test(this.text.slice(this.at + 1, this.at + 5))) {
        throw new Fault('Invalid \\uXXXX escape', this.at);
      }
      this.at += 4;
    } else if (!'"\\/bfnrt'.includes(this.peek())) {
      throw new Fault('Invalid \\escape', this.at - 1);
    }
  }

  object(depth: number): void {
    this.at += 1;
    this.skipBlank();
    if (this.peek() === '}') {
      this.at += 1;
      return;
    }
    for (;;) {
      if (this.peek() !== '"') throw new Fault('Expecting property name enclosed in double quotes', this.at);
      this.string();
      this.skipBlank();
      if (this.peek() !== ':') throw new Fault("Expecting ':' delimiter", this.at);
      this.at += 1;
      this.skipBlank();
      this.value(depth + 1);
      if (this.endsWith('}')) return;
    }
  }

  list(depth: number): void {
    this.at += 1;
    this.skipBlank();
    if (this.peek() === ']') {
      this.at += 1;
      return;
    }
    for (;;) {
      this.value(depth + 1);
      if (this.endsWith(']')) return;
    }
  }

  /** Behind an item: the end, or a comma and one more item. */
  endsWith(end: '}' | ']'): boolean {
    this.skipBlank();
    if (this.peek() === end) {
      this.at += 1;
      return true;
    }
    if (this.peek() !== ',') throw new Fault("Expecting ',' delimiter", this.at);
    this.at += 1;
    this.skipBlank();
    return false;
  }
}

/** Why this text is no JSON, in the words of Python's decoder; null when it is. */
export function findJsonFault(text: string): JsonFault | null {
  const walk = new Walk(text);
  try {
    walk.skipBlank();
    walk.value(0);
    walk.skipBlank();
    if (walk.at < text.length) throw new Fault('Extra data', walk.at);
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { message: error.message, position: [...text.slice(0, error.at)].length };
  }
}

/** Whether a value is nested deeper than anything honest; without recursion, because it may be. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTING) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
