import { describe, expect, test } from 'vitest';
import { lookAtRepository } from '../../src/commands/init-look.ts';

function look(files: Readonly<Record<string, string>>) {
  return lookAtRepository(new Map(Object.entries(files)));
}

describe('the kind of a service', () => {
  test.each([
    ['pyproject.toml', { 'pyproject.toml': '' }, 'python', 'pyproject.toml'],
    ['requirements.txt alone', { 'requirements.txt': '' }, 'python', 'requirements.txt'],
    [
      'Python beside a package.json',
      { 'pyproject.toml': '', 'package.json': '{}' },
      'station',
      'pyproject.toml and package.json',
    ],
    ['Cargo.toml', { 'Cargo.toml': '' }, 'rust', 'Cargo.toml'],
    ['next among the packages', { 'package.json': '{ "dependencies": { "next": "16.0.0" } }' }, 'next', 'package.json'],
  ] as const)('by %s', (...[, files, kind, seenIn]) => {
    expect(look(files)?.kind).toEqual({ value: kind, seenIn });
  });

  test.each([
    ['nothing', {}],
    ['a package.json without next', { 'package.json': '{ "dependencies": { "nextjs-toast": "1" } }' }],
    ['manifests of a folder below', { 'docs/pyproject.toml': '' }],
  ])('is not known by %s', (_, files) => {
    expect(look(files)).toBeNull();
  });
});

describe('the port', () => {
  test.each([
    ['an address', 'TcpListener::bind("0.0.0.0:9001")', 9001],
    ['a variable with a default', 'let port = env::var("PORT").unwrap_or("9002".into());', 9002],
    ['a variable with a closure', 'env::var("PORT").unwrap_or_else(|_| "9003".into())', 9003],
    ['nothing', 'fn main() {}', 8080],
    ['a number that is no port', 'bind("0.0.0.0:99999")', 8080],
  ])('of a Rust service by %s', (_, source, port) => {
    expect(look({ 'Cargo.toml': '', 'src/main.rs': source })?.port.value).toBe(port);
  });

  test.each([
    ['uvicorn.run(app, host="0.0.0.0", port=9004)', 9004],
    ['int(os.environ.get("PORT", "9005"))', 9005],
    ['const port = process.env.PORT ?? 9006;', 9006],
  ])('of a station by %s', (source, port) => {
    const files = { 'pyproject.toml': '', 'package.json': '{}', 'station/main.py': source };
    expect(look(files)?.port).toEqual({ value: port, seenIn: 'station/main.py' });
  });

  test('of a service that its Dockerfile starts is the one of the Dockerfile', () => {
    expect(look({ 'pyproject.toml': '', 'main.py': 'port=9000' })?.port).toEqual({ value: 8000, seenIn: null });
  });
});

describe('the path that is asked for health', () => {
  test.each([
    ['FastAPI', { 'main.py': '@app.get("/health")' }, '/health'],
    ['a router with a prefix', { 'main.py': 'app.get("/api/v1/healthz/")' }, '/api/v1/healthz'],
    ['the more usual of two', { 'a.py': '"/ping"', 'b.py': "'/health'" }, '/health'],
    ['nothing but a word', { 'main.py': 'health = "good"' }, '/'],
    ['a test', { 'tests/test_main.py': 'client.get("/health")', 'test_main.py': 'client.get("/health")' }, '/'],
  ])('by %s', (_, files, path) => {
    expect(look({ 'pyproject.toml': '', ...files })?.healthCheck.value).toBe(path);
  });

  test.each([
    ['app/health/route.ts', '/health'],
    ['src/app/api/health/route.js', '/api/health'],
    ['pages/api/healthz.ts', '/api/healthz'],
    ['app/page.tsx', '/'],
  ])('by the file %s of Next.js', (file, path) => {
    expect(look({ 'package.json': '{"dependencies":{"next":"1"}}', [file]: '' })?.healthCheck.value).toBe(path);
  });
});
