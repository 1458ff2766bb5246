import type { Installation, InstallationPatch, Sender } from '../api/types';

/** What somebody has changed of the settings and not saved yet. */
export interface Draft {
  organizationName?: string;
  timezone?: string;
  defaultRegion?: string;
  sender?: Sender;
}

/** The settings as they would be once the draft is saved. */
export function valuesOf(saved: Installation, draft: Draft): Required<Draft> {
  const { timezone, defaultRegion, sender } = saved.defaults;
  return {
    organizationName: draft.organizationName ?? saved.organizationName,
    timezone: draft.timezone ?? timezone,
    defaultRegion: draft.defaultRegion ?? defaultRegion,
    sender: { ...sender, ...draft.sender },
  };
}

/** What a draft changes, as JSON Merge Patch; undefined where it is all as it was. */
export function patchOf(saved: Installation, draft: Draft): InstallationPatch | undefined {
  const values = valuesOf(saved, draft);
  const changed = <T extends object>(now: T, before: T) =>
    Object.fromEntries(
      Object.entries(now).filter(([key, value]) => (value ?? '') !== (before[key as keyof T] ?? '')),
    ) as Partial<T>;
  const { timezone, defaultRegion } = changed(
    { timezone: values.timezone, defaultRegion: values.defaultRegion },
    { timezone: saved.defaults.timezone, defaultRegion: saved.defaults.defaultRegion },
  );
  const sender = changed(values.sender, saved.defaults.sender);
  const defaults = {
    ...(timezone !== undefined && { timezone }),
    ...(defaultRegion !== undefined && { defaultRegion }),
    ...(Object.keys(sender).length > 0 && { sender }),
  };
  const patch: InstallationPatch = {
    ...(values.organizationName !== saved.organizationName && { organizationName: values.organizationName }),
    ...(Object.keys(defaults).length > 0 && { defaults }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}
