// Read once, before anything is drawn: what follows # is taken out of the address, so that it stands in no history.
const token = location.pathname === '/link' ? decodeURIComponent(location.hash.slice(1)) : '';
if (token !== '') history.replaceState(history.state, '', '/link');

/** The token of the one-time link by which the dashboard was opened; empty where there was none. */
export const linkToken = token;
