import type { ContactDetail, ContactPatch, NewContact } from '../api/types';

export interface Property {
  key: string;
  value: string;
}

/** A contact's members as they stand in inputs. */
export interface ContactFields {
  firstName: string;
  lastName: string;
  email: string;
  phone: string;
  timezone: string;
  properties: Property[];
}

export const noFields: ContactFields = {
  firstName: '',
  lastName: '',
  email: '',
  phone: '',
  timezone: '',
  properties: [],
};

export function fieldsOf(contact: ContactDetail): ContactFields {
  return {
    firstName: contact.firstName,
    lastName: contact.lastName,
    email: contact.email ?? '',
    phone: contact.phone ?? '',
    // A zone that is not its own is not typed, and would become its own if it were saved.
    timezone: contact.timezoneSource === 'contact' ? contact.timezone : '',
    properties: Object.entries(contact.contactMetadata).map(([key, value]) => ({ key, value: textOf(value) })),
  };
}

/** What was changed, as a JSON Merge Patch; properties that were taken away are null. */
export function patchOf(contact: ContactDetail, fields: ContactFields): ContactPatch {
  const before = fieldsOf(contact);
  const patch: ContactPatch = {};
  if (fields.firstName !== before.firstName) patch.firstName = fields.firstName;
  if (fields.lastName !== before.lastName) patch.lastName = fields.lastName;
  if (fields.email !== before.email) patch.email = fields.email === '' ? null : fields.email;
  if (fields.phone !== before.phone) patch.phone = fields.phone === '' ? null : fields.phone;
  if (fields.timezone !== before.timezone) patch.timezone = fields.timezone === '' ? null : fields.timezone;
  const metadata: Record<string, unknown> = {};
  const now = propertiesOf(fields);
  for (const [key, value] of Object.entries(now)) {
    const known = contact.contactMetadata[key];
    if (known === undefined || textOf(known) !== value) metadata[key] = value;
  }
  for (const key of Object.keys(contact.contactMetadata)) if (!(key in now)) metadata[key] = null;
  if (Object.keys(metadata).length > 0) patch.contactMetadata = metadata;
  return patch;
}

/** A new contact; what is empty is not given. */
export function newContactOf(fields: ContactFields): NewContact {
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  return {
    firstName: given(fields.firstName),
    lastName: given(fields.lastName),
    email: given(fields.email),
    phone: given(fields.phone),
    timezone: given(fields.timezone),
    contactMetadata: propertiesOf(fields),
  };
}

/** Properties by key; those without a key are still being typed. */
function propertiesOf({ properties }: ContactFields): Record<string, string> {
  return Object.fromEntries(
    properties.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), value]),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
