import { useSuspenseQuery } from '@tanstack/react-query';

import { sessionQuery } from '../api/session';
import type { Caller } from '../api/types';

/** Who is signed in. Only of use inside the frame, which asks for it before it is shown. */
export function useSession(): Caller {
  return useSuspenseQuery(sessionQuery).data;
}
