import { oneOf } from '../frame/search';
import { steps, type Step } from './fields';

/** Which step of the settings is open. */
export interface SettingsSearch {
  step?: Step;
}

export function settingsSearch(raw: Record<string, unknown>): SettingsSearch {
  return {
    step: oneOf(
      raw['step'],
      steps.map(({ step }) => step),
    ),
  };
}
