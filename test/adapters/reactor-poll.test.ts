/** Events find whom they are for, and nobody else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AF_INET, EINTR, EPOLLIN, EPOLLOUT, SOCK_NONBLOCK, SOCK_STREAM } from "../../src/adapters/reactor/linux.ts";
import { Poll, type Source } from "../../src/adapters/reactor/poll.ts";
import { findLibc, replaceCalls } from "../support/reactor.ts";

const { libc, skip } = await findLibc();

/** A socket that has an event at once. */
function readySocket(): number {
  return libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

/** Notes its name with each event. */
function noting(told: string[], name: string): Source {
  return { onReady: () => void told.push(name) };
}

describe("Poll", { skip }, () => {
  it("tells each source of its own events", () => {
    const poll = new Poll(libc);
    const told: string[] = [];
    const sockets = [readySocket(), readySocket(), readySocket()];
    for (const [index, fd] of sockets.entries()) assert.equal(poll.add(fd, EPOLLOUT, noting(told, `${index}`)), 0);
    poll.dispatch(poll.wait(0));
    assert.deepEqual(told.toSorted(), ["0", "1", "2"]);
    for (const fd of sockets) libc.close(fd);
    poll.close();
  });

  it("an event that is late for a closed descriptor finds nobody, also when the number is used again", () => {
    const poll = new Poll(libc);
    const told: string[] = [];
    const sockets = [readySocket(), readySocket()];
    let reused = -1;
    const replace = (index: number): void => {
      const other = sockets[1 - index] as number;
      if (reused !== -1) return;
      poll.forget(other);
      libc.close(other);
      reused = readySocket();
      assert.equal(reused, other, "the kernel gives the lowest number");
      assert.equal(poll.add(reused, EPOLLOUT, noting(told, "new")), 0);
    };
    for (const [index, fd] of sockets.entries()) {
      poll.add(fd, EPOLLOUT, {
        onReady: () => {
          told.push("old");
          replace(index);
        },
      });
    }
    const count = poll.wait(0);
    assert.equal(count, 2);
    poll.dispatch(count);
    assert.deepEqual(told, ["old"], "the second event was the closed one's");
    poll.dispatch(poll.wait(0));
    assert.deepEqual(told.toSorted(), ["new", "old", "old"]);
    poll.close();
    for (const fd of new Set([...sockets, reused])) libc.close(fd);
  });

  it("an event that is late for a descriptor that was forgotten finds nobody", () => {
    const poll = new Poll(libc);
    const told: string[] = [];
    const fd = readySocket();
    poll.add(fd, EPOLLOUT, noting(told, "gone"));
    const count = poll.wait(0);
    poll.remove(fd);
    poll.dispatch(count);
    assert.deepEqual([count, told], [1, []]);
    assert.equal(poll.wait(0), 0);
    libc.close(fd);
    poll.close();
  });

  it("a descriptor is watched on for another", () => {
    const poll = new Poll(libc);
    const told: string[] = [];
    const fd = readySocket();
    poll.add(fd, EPOLLOUT, noting(told, "first"));
    const count = poll.wait(0);
    poll.replace(fd, noting(told, "second"));
    poll.dispatch(count);
    assert.deepEqual(told, ["second"]);
    libc.close(fd);
    poll.close();
  });

  it("says what the kernel says, and remembers nothing of a descriptor that it does not take", () => {
    const poll = new Poll(libc);
    const told: string[] = [];
    assert.equal(poll.add(-1, EPOLLIN, noting(told, "none")), -9);
    poll.forget(1_000_000);
    const fd = readySocket();
    assert.equal(poll.add(fd, EPOLLOUT, noting(told, "it")), 0);
    assert.equal(poll.add(fd, EPOLLOUT, noting(told, "again")), -17);
    poll.dispatch(poll.wait(0));
    assert.deepEqual(told, ["it"]);
    libc.close(fd);
    poll.close();
  });

  it("an interrupted wait brought nothing, a failed one throws", () => {
    let answer = EINTR;
    const poll = new Poll(replaceCalls(libc, { epollWait: () => answer }));
    assert.equal(poll.wait(0), 0);
    answer = -9;
    assert.throws(() => poll.wait(0), /epoll_wait/);
    poll.close();
  });
});
