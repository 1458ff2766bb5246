import { useState } from 'react';

export interface Selection {
  ids: ReadonlySet<string>;
  /** All that the filter finds, those on other pages too. */
  all: boolean;
  toggle: (id: string, chosen: boolean) => void;
  /** Chooses, or leaves, all rows of a page. */
  togglePage: (ids: readonly string[], chosen: boolean) => void;
  chooseAll: () => void;
  clear: () => void;
}

const nobody: ReadonlySet<string> = new Set<string>();

/** Which contacts are chosen. It is of one filter: with another it begins anew. */
export function useSelection(filter: string): Selection {
  const [state, setState] = useState({ filter, ids: nobody, all: false });
  const current = state.filter === filter ? state : { filter, ids: nobody, all: false };
  const choose = (changed: readonly string[], chosen: boolean) => {
    const ids = new Set(current.ids);
    for (const id of changed) {
      if (chosen) ids.add(id);
      else ids.delete(id);
    }
    setState({ filter, ids, all: false });
  };
  return {
    ids: current.ids,
    all: current.all,
    toggle: (id, chosen) => choose([id], chosen),
    togglePage: choose,
    chooseAll: () => setState({ ...current, all: true }),
    clear: () => setState({ filter, ids: nobody, all: false }),
  };
}
