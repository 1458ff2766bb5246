/** A call that adds a contact, to be pasted into a shell; without a key it names where one belongs. */
export function exampleCall(url: string, key = 'YOUR_KEY'): string {
  const body = {
    action: 'upsert',
    contacts: [
      {
        firstName: 'Ada',
        lastName: 'Lovelace',
        email: 'ada@example.com',
        phone: '+12125550123',
        contactMetadata: { city: 'New York' },
      },
    ],
  };
  return [
    `curl ${url} \\`,
    `  -H 'x-api-key: ${key}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}'`,
  ].join('\n');
}
