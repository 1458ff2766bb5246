import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

const moment = 250;

/** A text that is typed, and told a moment after the last key. What comes from outside replaces it, unless it is what was told. */
export function useTyped(outside: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(outside);
  const [known, setKnown] = useState(outside);
  const told = useDebouncedCallback((text: string) => {
    setKnown(text);
    tell(text);
  }, moment);
  if (outside !== known) {
    setKnown(outside);
    setTyped(outside);
  }
  return [
    typed,
    (text) => {
      setTyped(text);
      told(text);
    },
  ];
}
