import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the sources on a port of its own and passes the API's paths on to a Beckon that runs already.
const beckon = process.env['BECKON_DEV_URL'] ?? 'http://127.0.0.1:8080';
const served = ['/api', '/docs', '/openapi.yaml', '/healthz', '/readyz', '^/u/'];

// Times in tests are by one clock, wherever they run.
process.env['TZ'] = 'Europe/Berlin';

export default defineConfig({
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    // The API refuses changes whose origin is not its own host.
    proxy: Object.fromEntries(served.map((path) => [path, { target: beckon, headers: { origin: beckon } }])),
  },
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
