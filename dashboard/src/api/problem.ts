import type { FieldError } from './types';

/** Why the API did not do what it was asked (RFC 9457). Nothing has changed. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[];

  constructor(status: number, code: string, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** What is wrong with the member at a JSON pointer, or with anything beneath it. */
  at(pointer: string): string | undefined {
    return detailAt(this.errors, pointer);
  }
}

/** The details of the problems at a JSON pointer or beneath it, as one text; undefined where there are none. */
export function detailAt(errors: readonly FieldError[], pointer: string): string | undefined {
  const found = errors.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`));
  return found.length === 0 ? undefined : found.map((error) => sentence(error.detail)).join(' ');
}

/** Beckon did not answer at all: it is stopped, or the network is. */
export class Unreachable extends Error {
  constructor() {
    super('Beckon does not answer.');
    this.name = 'Unreachable';
  }
}

/** Details of the API begin in lower case and have no full stop. */
export function sentence(detail: string): string {
  const trimmed = detail.trim();
  if (trimmed === '') return '';
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? '' : '.');
}

/** What went wrong, in a sentence for people. */
export function explain(error: unknown): string {
  if (error instanceof Problem) {
    const details = error.errors.map((found) => `${found.pointer}: ${found.detail}`).join('; ');
    return details === '' ? sentence(error.message) : sentence(`${error.message} (${details})`);
  }
  return error instanceof Error ? sentence(error.message) : 'Something went wrong.';
}
