import { IconLock } from '@tabler/icons-react';

import { Empty } from '../display/Empty';

/** What stands in place of what a role may not see. */
export function Restricted({ title, why }: { title: string; why: string }) {
  return (
    <Empty icon={IconLock} title={title}>
      {why} An administrator can give you another role.
    </Empty>
  );
}
