import { expect, it } from 'vitest';
import { siteOfImage } from '../../src/values/site-of-image.ts';

const own = { path: 'xgen/lotteimall/xgen-core', service: 'xgen-core' };

it.each([
  ['docker.x2bee.com/xgen/lotteimall/xgen-core:latest-amd64', 'lotteimall'],
  [`docker.x2bee.com/xgen/aww/xgen-core@sha256:${'a'.repeat(64)}`, 'aww'],
  ['43.202.115.195:5000/xgen/aww/xgen-core:b7-amd64', 'aww'],
  ['localhost:30500/xgen/xgen-core:latest-amd64', null],
  ['docker.x2bee.com/other/lotteimall/xgen-core:latest', null],
  ['docker.x2bee.com/xgen/lotteimall/xgen-model:latest', null],
  ['docker.x2bee.com/a/xgen/lotteimall/xgen-core:latest', null],
  ['nginx', null],
  [`sha256:${'a'.repeat(64)}`, null],
  ['not an image', null],
])('reads the site from the path of %s (defect 17)', (image, site) => {
  expect(siteOfImage(image, own)).toBe(site);
});
