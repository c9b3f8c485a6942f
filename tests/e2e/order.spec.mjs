// Order in a room: what its host does about those in it, and about those at the door.
import { address, audience, expect, host, openPanel, say, test } from './lib/fixtures.mjs';

/** Has the host deal with somebody who is named in the list of people. */
async function deal(hostPage, name, handle) {
  await hostPage.getByTestId('people').getByRole('listitem').filter({ hasText: name })
    .getByTestId('manage').click();
  await hostPage.getByTestId(handle).click();
}

test('rename, mute, delete, kick and ban', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Order', maxChildren: 1 });
  const [ann, bob] = [await newPeer(), await newPeer()];
  await audience(ann, room, { name: 'Ann' });
  await audience(bob, room, { name: 'Bob' });

  await openPanel(hostPage, 'people-panel');
  const people = hostPage.getByTestId('people').getByRole('listitem');
  await expect(people).toHaveCount(3);
  await bob.getByTestId('my-name').fill('Bobby');
  await bob.getByTestId('my-name').press('Tab');
  await expect(people.filter({ hasText: 'Bobby' })).toBeVisible();

  await deal(hostPage, 'Bobby', 'mute-person');
  await expect(bob.getByTestId('chat-hint')).toContainText('muted');
  await say(bob, 'can anybody hear me');
  await deal(hostPage, 'Bobby', 'mute-person');
  await expect(bob.getByTestId('chat-hint')).toBeHidden();
  await bob.getByTestId('chat-send').click();
  await say(bob, 'something rude');
  await say(bob, 'something kind');
  const rude = hostPage.getByTestId('chat-message').filter({ hasText: 'rude' });
  await rude.getByTestId('chat-manage').click();
  await hostPage.getByTestId('delete-message').click();
  for (const page of [hostPage, ann, bob]) {
    await expect(page.getByTestId('chat-message')).toHaveText([/can anybody/, /something kind/]);
    await expect(page.getByTestId('chat-note').last()).toHaveText('The host has deleted a message');
  }

  // Bob hangs below Ann, who sends him away by the host's order.
  await deal(hostPage, 'Bobby', 'kick-person');
  await expect(bob.getByTestId('problem')).toHaveAttribute('data-problem', 'kicked');
  await expect(hostPage.getByTestId('member-count')).toHaveText('2');
  await deal(hostPage, 'Ann', 'ban-person');
  await expect(ann.getByTestId('problem')).toHaveAttribute('data-problem', 'banned');
  await expect(hostPage.getByTestId('banned').getByRole('listitem')).toContainText('Ann');
  await hostPage.getByTestId('pardon').click();
  await expect(hostPage.getByTestId('banned').getByRole('listitem')).toHaveCount(0);
});

test('a locked door, and one where the host is asked', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Door' });
  const inside = await newPeer();
  await audience(inside, room, { name: 'Ida' });
  await openPanel(hostPage, 'people-panel');
  await hostPage.getByTestId('door').selectOption('locked');
  const guests = [await newPeer(), await newPeer()];
  for (const [at, guest] of guests.entries()) {
    await guest.goto(address('P2PLiveAudience.html', { id: room, name: `Guest ${at}` }));
  }
  await expect(guests[0].getByTestId('problem')).toHaveAttribute('data-problem', 'locked');

  await hostPage.getByTestId('door').selectOption('knock');
  const knocks = hostPage.getByTestId('knocks').getByRole('listitem');
  await expect(knocks).toHaveCount(2);
  await expect(guests[0].getByTestId('problem')).toHaveAttribute('data-problem', 'knocking');
  await knocks.filter({ hasText: 'Guest 0' }).getByTestId('admit').click();
  await knocks.filter({ hasText: 'Guest 1' }).getByTestId('refuse').click();
  await expect(guests[0].getByTestId('tree-info')).toHaveAttribute('data-parent', /\S/);
  await expect(guests[1].getByTestId('problem')).toHaveAttribute('data-problem', 'denied-entry');
  await expect(hostPage.getByTestId('member-count')).toHaveText('3');

  // The door stays as it is while the host reloads its page, and nobody inside is shut out.
  await hostPage.reload();
  await expect(hostPage.getByTestId('member-count')).toHaveText('3');
  await openPanel(hostPage, 'people-panel');
  await expect(hostPage.getByTestId('door')).toHaveValue('knock');
});
