import { expect, test } from "vitest";
import { listen } from "../../platform/server/listen.ts";

const answer = () => new Response("hello");

test.for(["0.0.0.0", "::", "192.168.1.5", "shop.example"])(
  "listening on %s is refused for want of authentication",
  async (hostname) => {
    await expect(listen(answer, { hostname, port: 0 })).rejects.toMatchObject({ reason: "cannot-listen" });
  },
);

test("where every request shows a token it may be any address", async () => {
  await using server = await listen(answer, { hostname: "0.0.0.0", port: 0, authenticated: true });
  expect(await (await fetch(`http://127.0.0.1:${server.port}`)).text()).toBe("hello");
});

test("without a port two servers listen on two", async () => {
  await using first = await listen(answer);
  await using second = await listen(answer);
  expect(second.port).not.toBe(first.port);
  expect(await (await fetch(second.url)).text()).toBe("hello");
});

test("a port that was asked for is not replaced by another", async () => {
  await using first = await listen(answer, { port: 0 });
  await expect(listen(answer, { port: first.port })).rejects.toMatchObject({ reason: "cannot-listen" });
});

test("closing ends open connections too", async () => {
  const server = await listen(() => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })), {
    port: 0,
  });
  const response = await fetch(server.url);
  await server[Symbol.asyncDispose]();
  await expect(response.text()).rejects.toThrow();
});
