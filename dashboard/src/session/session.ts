import type { Role } from '../api/types';

export interface Session {
  name: string;
  role: Role;
}

/** Who uses the dashboard. Until people can sign in, it is whoever holds the API key that the dev proxy sends. */
export function useSession(): Session {
  return { name: 'API key', role: 'administrator' };
}
