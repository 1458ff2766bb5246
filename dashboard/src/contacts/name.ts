import type { Contact } from '../api/types';

/** What a contact is called; by its address where it has no name. */
export function nameOf({
  firstName,
  lastName,
  email,
  phone,
}: Pick<Contact, 'firstName' | 'lastName' | 'email' | 'phone'>): string {
  const name = `${firstName} ${lastName}`.trim();
  return name !== '' ? name : (email ?? phone ?? 'No name');
}
