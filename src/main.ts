import packageJson from '../package.json' with { type: 'json' };

/** The entry: asked for its version it loads nothing else. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    process.stdout.write(`${packageJson.version}\n`);
    return;
  }
  const { run } = await import('./composition/run.ts');
  process.exitCode = await run({ args, version: packageJson.version });
}

await main();
