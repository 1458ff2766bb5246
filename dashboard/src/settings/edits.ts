import { useSessionStorage } from '@mantine/hooks';

import type { Problem } from '../api/problem';
import { detailAt } from '../api/problem';
import type { Campaign } from '../api/types';
import type { Settings } from './fields';

type Edits = Partial<Settings>;

export interface Form {
  campaign: Campaign;
  /** The settings as they would be once what is edited is saved. */
  values: Settings;
  edits: Edits;
  dirty: boolean;
  set: <K extends keyof Settings>(field: K, value: Settings[K]) => void;
  discard: () => void;
  /** Takes back what is edited of some fields. */
  forget: (fields: readonly (keyof Settings)[]) => void;
  /** What is wrong with the member at a JSON pointer or beneath, from the last try to save. */
  error: (pointer: string) => string | undefined;
  /** What Go Live still wants of it. */
  needed: (pointer: string) => string | undefined;
  /** Why nothing can be changed. */
  readOnly: boolean;
}

/**
 * What somebody has changed in a campaign's settings and not saved yet. It is kept with the tab of the browser, so that it
 * survives polling, a lost connection and a reload; what was not changed follows the campaign.
 */
export function useForm(campaign: Campaign, refused: Problem | null, readOnly: boolean): Form {
  const [edits, setEdits] = useSessionStorage<Edits>({
    key: `edits-${campaign.id}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  return {
    campaign,
    values: { ...campaign, ...edits },
    edits,
    dirty: Object.keys(edits).length > 0,
    set: (field, value) =>
      setEdits((before) => {
        const { [field]: _, ...others } = before;
        return same(value, campaign[field]) ? others : { ...before, [field]: value };
      }),
    discard: () => setEdits({}),
    forget: (fields) => setEdits((before) => without(before, fields)),
    error: (pointer) => refused?.at(pointer),
    needed: (pointer) => detailAt(campaign.goLiveProblems, pointer),
    readOnly,
  };
}

function without(edits: Edits, fields: readonly (keyof Settings)[]): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([field]) => !fields.some((gone) => gone === field)));
}

/** What is edited of some fields. */
export function editsOf(edits: Edits, fields: readonly (keyof Settings)[]): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([field]) => fields.some((kept) => kept === field)));
}

function same(first: unknown, second: unknown): boolean {
  return JSON.stringify(first) === JSON.stringify(second);
}

/** Error and description of the input of a member, as all of Mantine's inputs take them. */
export function faults(form: Form, pointer: string, description?: string) {
  const needed = form.needed(pointer);
  return {
    error: form.error(pointer),
    description:
      needed === undefined
        ? description
        : `${description === undefined ? '' : `${description} `}Go Live needs: ${needed}`,
    readOnly: form.readOnly,
  };
}
