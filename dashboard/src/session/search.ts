import { textOf } from '../frame/search';

/** Where to go once signed in. */
export interface SignInSearch {
  return?: string;
}

export function signInSearch(raw: Record<string, unknown>): SignInSearch {
  const to = textOf(raw['return']);
  return { return: to !== undefined && isOwnPath(to) ? to : undefined };
}

/** Only paths of the dashboard: a link that somebody else made leads nowhere else. */
function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path) && !path.startsWith('/sign-in') && !path.startsWith('/link');
}
