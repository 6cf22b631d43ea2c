import { healthOf } from '../../lib/health.js';

/** Asked at each request: what was built knows neither site nor commit. */
export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json(healthOf(process.env));
}
