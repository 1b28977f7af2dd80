// One gateway for all tests of a file: started by the first that asks for it, so that a run which
// leaves all of them out starts none.

import { after } from 'node:test';

import { Gateway, withScratch } from './harness.mjs';

// A function that answers with the running gateway. Behind the last test `look(gateway)` may check
// what they left; then it is stopped.
export function sharedGateway(look = async () => {}) {
  let started;
  let finish;
  let story;

  function start() {
    started ??= new Promise((resolve, reject) => {
      const finished = new Promise((done) => { finish = done; });
      story = withScratch(async ({ data, running }) => {
        const gateway = await Gateway.start({ data });
        running.push(gateway);
        resolve(gateway);
        await finished;
        await look(gateway);
      });
      story.catch(reject);
    });
    return started;
  }

  after(async () => {
    if (!started) return;
    finish();
    await story;
  });
  return start;
}
