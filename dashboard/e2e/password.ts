/** The password of the tests' user of a role. */
export const passwordOf = (role: string) => `correct horse battery for ${role}s`;
