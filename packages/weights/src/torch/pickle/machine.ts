import { Budget } from './budget.ts';
import { ByteReader, decodeLong, decodeText } from './byte-reader.ts';
import { op, opcodeName } from './opcodes.ts';
import { Allowed, Buildable } from './values.ts';

/** What a machine leaves to its caller. */
export interface PickleHost {
  /** The function or class `module.name`, where it is on the list. @throws TorchFileError where it is not. */
  find(module: string, name: string): unknown;
  /** The storage that an identifier stands for. @throws TorchFileError. */
  persistent(id: unknown): unknown;
  /** Makes an error: of an operation that is not taken, of one that does not fit, or of a bound. */
  fail(fault: 'opcode' | 'pickle' | 'limit', message: string): Error;
}

/** Marks within each other. */
const deepestMarks = 1000;

/**
 * Builds what a pickle describes: containers and scalars by itself, and what `PickleHost.find` has on its list. It looks
 * up nothing else, calls nothing else and sets no attributes, so a pickle can do no more than describe data. It knows
 * the binary operations of protocols 1 to 5 (Python's `pickletools` describes them).
 * @param bytes begin with the pickle; what follows it is left
 * @returns the value, and the length of the pickle
 * @throws OutOfBytes where the pickle is not over at the end of the bytes.
 */
export function unpickle(
  bytes: Uint8Array,
  host: PickleHost,
): { readonly value: unknown; readonly length: number } {
  return new Machine(bytes, host).run();
}

class Machine {
  readonly #reader: ByteReader;
  readonly #host: PickleHost;
  readonly #budget: Budget;
  readonly #stack: unknown[] = [];
  /** Where in the stack marks were set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: Uint8Array, host: PickleHost) {
    this.#reader = new ByteReader(bytes);
    this.#host = host;
    this.#budget = new Budget(bytes.length, (message) => host.fail('limit', message));
  }

  run(): { readonly value: unknown; readonly length: number } {
    for (;;) {
      const code = this.#reader.uint8();
      if (code === op.stop) {
        const value = this.#pop();
        if (this.#stack.length > 0) throw this.#wrong('it ends with values that nothing uses');
        return { value, length: this.#reader.position };
      }
      this.#step(code);
    }
  }

  #step(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case op.proto: {
        const protocol = reader.uint8();
        if (protocol > 5) throw this.#wrong(`expected a protocol up to 5, got ${protocol}`);
        break;
      }
      case op.frame:
        reader.length64();
        break;
      case op.none:
        this.#push(null, 0);
        break;
      case op.newTrue:
        this.#push(true, 0);
        break;
      case op.newFalse:
        this.#push(false, 0);
        break;
      case op.binInt:
        this.#push(reader.int32(), 8);
        break;
      case op.binInt1:
        this.#push(reader.uint8(), 0);
        break;
      case op.binInt2:
        this.#push(reader.uint16(), 0);
        break;
      case op.long1:
        this.#pushLong(reader.uint8());
        break;
      case op.long4:
        this.#pushLong(reader.int32());
        break;
      case op.binFloat:
        this.#push(reader.float64(), 16);
        break;
      // Texts of Python 2 come as strings of bytes.
      case op.shortBinUnicode:
      case op.shortBinString:
        this.#pushText(reader.uint8());
        break;
      case op.binUnicode:
        this.#pushText(reader.uint32());
        break;
      case op.binString:
        this.#pushText(reader.int32());
        break;
      case op.binUnicode8:
        this.#pushText(reader.length64());
        break;
      case op.shortBinBytes:
        this.#pushBytes(reader.uint8());
        break;
      case op.binBytes:
        this.#pushBytes(reader.uint32());
        break;
      case op.binBytes8:
      case op.byteArray8:
        this.#pushBytes(reader.length64());
        break;
      case op.emptyTuple:
      case op.emptyList:
        this.#push([], 40);
        break;
      case op.emptyDict:
        this.#push(new Map(), 200);
        break;
      case op.emptySet:
        this.#push(new Set(), 200);
        break;
      case op.tuple1:
        this.#pushArray(this.#popMany(1));
        break;
      case op.tuple2:
        this.#pushArray(this.#popMany(2));
        break;
      case op.tuple3:
        this.#pushArray(this.#popMany(3));
        break;
      case op.tuple:
      case op.list:
        this.#pushArray(this.#popToMark());
        break;
      case op.dict: {
        const items = this.#popToMark();
        this.#push(new Map(), 200);
        this.#setTop(items);
        break;
      }
      case op.frozenSet:
        this.#pushSet(this.#popToMark());
        break;
      case op.append:
        this.#appendAll([this.#pop()]);
        break;
      case op.appends:
        this.#appendAll(this.#popToMark());
        break;
      case op.setItem:
        this.#setTop(this.#popMany(2));
        break;
      case op.setItems:
        this.#setTop(this.#popToMark());
        break;
      case op.addItems: {
        const items = this.#popToMark();
        const set = this.#top();
        if (!(set instanceof Set)) throw this.#wrong('expected a set to add to');
        this.#budget.take(48 * items.length);
        for (const item of items) set.add(item);
        break;
      }
      default:
        this.#manage(code);
    }
  }

  /** Operations on the stack and the memo, and those that call. */
  #manage(code: number): void {
    const reader = this.#reader;
    switch (code) {
      case op.mark:
        if (this.#marks.length >= deepestMarks) {
          throw this.#host.fail(
            'limit',
            `the pickle has more than ${deepestMarks} values in each other`,
          );
        }
        this.#marks.push(this.#stack.length);
        break;
      case op.pop:
        // A mark on top is a value too, there.
        if (this.#marks[this.#marks.length - 1] === this.#stack.length) this.#marks.pop();
        else this.#pop();
        break;
      case op.popMark:
        this.#popToMark();
        break;
      case op.dup:
        this.#push(this.#top(), 0);
        break;
      case op.binPut:
        this.#remember(reader.uint8());
        break;
      case op.longBinPut:
        this.#remember(reader.uint32());
        break;
      case op.memoize:
        this.#remember(this.#memo.size);
        break;
      case op.binGet:
        this.#recall(reader.uint8());
        break;
      case op.longBinGet:
        this.#recall(reader.uint32());
        break;
      case op.global:
        this.#push(this.#host.find(reader.line(), reader.line()), 0);
        break;
      case op.stackGlobal: {
        const [module, name] = this.#popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw this.#wrong('expected the names of a module and of what it has');
        }
        this.#push(this.#host.find(module, name), 0);
        break;
      }
      case op.binPersId:
        this.#push(this.#host.persistent(this.#pop()), 64);
        break;
      case op.reduce:
      case op.newObj: {
        const [callee, args] = this.#popMany(2);
        if (!(callee instanceof Allowed) || !Array.isArray(args)) {
          throw this.#wrong('expected something on the list and its arguments');
        }
        this.#push(callee.call(args), 200);
        break;
      }
      case op.build: {
        const state = this.#pop();
        const target = this.#top();
        // Else it is attributes beside the content, such as the versions of a state dict: nothing here has any.
        if (target instanceof Buildable) target.build(state);
        break;
      }
      default:
        throw this.#host.fail(
          'opcode',
          `the pickle has the operation ${opcodeName(code)}, which no file of tensors needs`,
        );
    }
  }

  #push(value: unknown, bytes: number): void {
    this.#budget.take(bytes + 8);
    this.#stack.push(value);
  }

  #pushLong(length: number): void {
    if (length < 0 || length > 1024) throw this.#wrong(`an integer of ${length} bytes`);
    this.#push(decodeLong(this.#reader.bytes(length)), 32 + length);
  }

  #pushText(length: number): void {
    if (length < 0) throw this.#wrong(`a text of ${length} bytes`);
    const bytes = this.#reader.bytes(length);
    this.#budget.take(16 + length);
    this.#push(decodeText(bytes), 0);
  }

  #pushBytes(length: number): void {
    const bytes = this.#reader.bytes(length);
    this.#budget.take(64 + length);
    this.#push(bytes.slice(), 0);
  }

  #pushArray(items: unknown[]): void {
    this.#push(items, 32 + 8 * items.length);
  }

  #pushSet(items: readonly unknown[]): void {
    this.#push(new Set(items), 200 + 48 * items.length);
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor())
      throw this.#wrong('it takes a value where there is none');
    return this.#stack[this.#stack.length - 1];
  }

  /** Values below the last mark cannot be taken. */
  #floor(): number {
    return this.#marks[this.#marks.length - 1] ?? 0;
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.length--;
    return value;
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length - count < this.#floor()) {
      throw this.#wrong('it takes a value where there is none');
    }
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): unknown[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.#wrong('it goes back to a mark where there is none');
    return this.#stack.splice(start);
  }

  #appendAll(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#wrong('expected a list to append to');
    this.#budget.take(8 * items.length);
    for (const item of items) list.push(item);
  }

  /** Sets keys and values, one behind the other. */
  #setTop(items: readonly unknown[]): void {
    const target = this.#top();
    if (!(target instanceof Map)) throw this.#wrong('expected a dictionary to write to');
    if (items.length % 2 === 1) throw this.#wrong('a key without a value');
    this.#budget.take(32 * items.length);
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  #remember(index: number): void {
    this.#budget.take(32);
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#wrong(`it refers to ${index}, which was not noted`);
    this.#push(this.#memo.get(index), 0);
  }

  #wrong(message: string): Error {
    return this.#host.fail('pickle', `the pickle at byte ${this.#reader.position}: ${message}`);
  }
}
