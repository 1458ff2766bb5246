import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { passwordOf } from './password';

const program = '../bin/beckon-dev';
const patience = 60_000;

/** Runs a Beckon with its sandbox for all tests, on free ports and with data of its own, and ends it after them. */
export default async function setup(): Promise<() => Promise<void>> {
  const data = mkdtempSync(join(tmpdir(), 'beckon-e2e-'));
  const free = '127.0.0.1:0';
  const beckon = spawn(
    program,
    ['--data', data, '--api', free, '--temporal', free, '--ui', free, '--sandbox', free, '--smtp', free],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => beckon.once('exit', () => resolve()));
  try {
    const ready = await readyLine(beckon);
    process.env['BECKON_URL'] = ready['api'];
    process.env['BECKON_SANDBOX_URL'] = ready['sandbox'];
    process.env['BECKON_KEY'] = ready['key'];
    for (const role of ['viewer', 'operator', 'administrator'] as const)
      process.env[`BECKON_${role.toUpperCase()}`] = await signedIn(role);
  } catch (error) {
    beckon.kill('SIGKILL');
    throw error;
  }
  return async () => {
    beckon.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
}

/** Makes a user of a role, and gives the browser's state once that user has signed in, as JSON. */
async function signedIn(role: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${process.env['BECKON_URL']}/api/v1${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': path === '/users' ? (process.env['BECKON_KEY'] ?? '') : '',
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const invited = (await (
    await post('/users', { email: `${role}@example.com`, name: `Robin ${role}`, role })
  ).json()) as { invitation: { link: string } };
  const { link } = invited.invitation;
  const response = await post('/session/link', { token: link.split('#')[1], password: passwordOf(role) });
  const [name, value] = (response.headers.getSetCookie()[0] ?? '').split(';')[0]?.split('=') ?? [];
  const cookie = {
    name,
    value,
    domain: '127.0.0.1',
    path: '/',
    expires: -1,
    httpOnly: true,
    secure: false,
    sameSite: 'Lax',
  };
  return JSON.stringify({ cookies: [cookie], origins: [] });
}

/** What beckon-dev says once it serves: `ready api=… ui=… sandbox=… key=…`. */
function readyLine(beckon: ChildProcess): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('beckon-dev was not ready in time')), patience);
    beckon.once('error', reject);
    beckon.once('exit', (code) => reject(new Error(`beckon-dev ended with ${code ?? 'a signal'} before it was ready`)));
    if (beckon.stdout === null) return reject(new Error('beckon-dev has no output'));
    createInterface(beckon.stdout).on('line', (line) => {
      const [first, ...parts] = line.split(' ');
      if (first !== 'ready') return;
      clearTimeout(timer);
      resolve(
        Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)])),
      );
    });
  });
}
