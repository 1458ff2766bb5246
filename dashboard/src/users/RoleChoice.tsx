import { Radio, Stack } from '@mantine/core';

import type { Role } from '../api/types';
import { roles } from './roles';

interface Props {
  value: Role;
  onChange: (role: Role) => void;
  error?: string | undefined;
  description?: string;
}

/** One of the roles, each with what it may do. */
export function RoleChoice({ value, onChange, error, description }: Props) {
  return (
    <Radio.Group label="Role" value={value} onChange={onChange} error={error} description={description}>
      <Stack gap="xs" mt={6}>
        {(['viewer', 'operator', 'administrator'] as const).map((role) => (
          <Radio key={role} value={role} label={roles[role].label} description={roles[role].may} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
