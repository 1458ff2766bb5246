import { expect, test } from 'vitest';

import { exampleCall } from './exampleCall';

test('the example is a call with a body that can be read', () => {
  const example = exampleCall('https://beckon.example/api/v1/campaigns/1/contacts', 'bk_1');
  expect(example).toContain("curl https://beckon.example/api/v1/campaigns/1/contacts \\\n  -H 'x-api-key: bk_1' \\\n");
  const body = JSON.parse(/-d '([^']*)'$/.exec(example)?.[1] ?? '') as { contacts: object[] };
  expect(body.contacts).toHaveLength(1);
  expect(exampleCall('x')).toContain('YOUR_KEY');
});
