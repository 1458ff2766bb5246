import type { Role } from '../api/types';
import { useSession } from './session';

const rank: Record<Role, number> = { viewer: 0, operator: 1, administrator: 2 };

/** Why whoever is signed in may not do what needs a role; undefined where they may. */
export function useDenied(needed: Role): string | undefined {
  const { role } = useSession();
  if (rank[role] >= rank[needed]) return undefined;
  return `This needs the role ${needed}; yours is ${role}.`;
}
