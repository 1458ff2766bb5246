import createClient from 'openapi-fetch';

import { Problem, Unreachable } from './problem';
import type { paths } from './schema.gen';
import type { FieldError } from './types';

/** Beckon's REST API, as openapi.yaml describes it, on the host that the dashboard came from. */
export const api = createClient<paths>({ credentials: 'same-origin' });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer of a call; throws a Problem where it was refused, and Unreachable where there was none. */
export async function answerOf<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable();
  }
  if (answer.response.ok) return answer.data as T;
  throw problemOf(answer.response.status, answer.error);
}

function problemOf(status: number, body: unknown): Problem | Unreachable {
  if (isProblem(body)) return new Problem(status, body.code, body.detail, body.errors);
  // A proxy between Beckon and the browser answered in its place.
  if (status >= 502) return new Unreachable();
  return new Problem(status, 'unexpected', `Beckon answered with the status ${status}.`);
}

function isProblem(body: unknown): body is { code: string; detail: string; errors: FieldError[] } {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}
