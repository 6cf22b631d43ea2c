import { healthOf } from '../lib/health.js';

export const dynamic = 'force-dynamic';

export default function Page() {
  const { site, commit } = healthOf(process.env);
  return (
    <main>
      <h1>xgen</h1>
      <p>
        This is {site || 'no site'} at {commit.slice(0, 7) || 'no commit'}.
      </p>
    </main>
  );
}
