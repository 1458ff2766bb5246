import { Button } from '@mantine/core';
import { IconSearchOff, IconUsersPlus } from '@tabler/icons-react';

import { Empty } from '../display/Empty';

/** What stands in place of an empty table, by why it is empty. */
export function NoContacts({ filtered, onAdd }: { filtered: boolean; onAdd: () => void }) {
  if (filtered)
    return (
      <Empty icon={IconSearchOff} title="No contact matches">
        Remove a filter, or search for another part of name, e-mail or phone.
      </Empty>
    );
  return (
    <Empty icon={IconUsersPlus} title="No contacts yet" action={<Button onClick={onAdd}>Add contacts</Button>}>
      The people whom this campaign reaches. Drop a CSV file, add one by hand, have files sent by e-mail, let another
      system send them through the API, or take in who writes and calls.
    </Empty>
  );
}
