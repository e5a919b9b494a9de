/**
 * The rest of the development set, made by rule and the same in every run: many customers with the same matters, many
 * products with the same pages, so that a question has near misses all around its answer.
 *
 * As in real talk, the turn that answers often does not name what it is about; the turn before does. And people ask in
 * other forms of the words than were said.
 */
export interface MadeTalk {
  readonly channel: string;
  readonly turns: readonly string[];
  readonly answer: number;
  readonly question: string;
}

export interface MadePassage {
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  readonly question: string;
}

/** Numbers that look random and are the same in every run. */
export function createDice(seed: number): { below(limit: number): number; of<T>(list: readonly T[]): T } {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    of<T>(list: readonly T[]): T {
      const found = list[below(list.length)];
      if (found === undefined) throw new Error('There is nothing to choose from.');
      return found;
    },
  };
}

const firsts =
  'Acorn Birch Cobalt Dune Elder Falcon Garnet Harbor Indigo Juniper Kestrel Linden Maple Nimbus'.split(' ');
const seconds = ['Trading', 'Living', 'Stores', 'Gifts', 'Interiors'];
const chatter = [
  'dev: Morning.',
  'cho: I am in the hall until ten.',
  'ana: One moment, I look it up.',
  'ben: Somebody has to write that down.',
  'cho: Same as with the others, more or less.',
  'dev: I can do it after lunch.',
  'ana: Thanks.',
  'ben: Good, then that is settled.',
];

interface Matter {
  readonly opens: readonly string[];
  readonly answers: readonly string[];
  readonly asks: readonly string[];
}

/** `{c}` is the customer, `{n}` a number, `{m}` a month. */
const matters: readonly Matter[] = [
  {
    opens: ['What did {c} say about paying?', 'Did somebody talk with {c} about their open bills?'],
    answers: ['They pay within {n} days from {m} on.', 'It is {n} days for them, starting in {m}.'],
    asks: ['Which payment terms were agreed with {c}?', 'How many days has {c} for payments?'],
  },
  {
    opens: ['The delivery for {c} did not leave.', '{c} asks where their order stays.'],
    answers: [
      'It was delayed by {n} days, the truck broke down near Ulm.',
      'The carrier lost it for {n} days and found it in {m}.',
    ],
    asks: ['Why were deliveries to {c} late?', 'What delayed the order of {c}?'],
  },
  {
    opens: ['{c} found something in their parcel again.', 'A complaint of {c} came in.'],
    answers: [
      '{n} plates arrived broken, the padding was too thin.',
      '{n} bowls had cracks, all from one pallet.',
    ],
    asks: ['What broke in the parcels of {c}?', 'How many damaged pieces did {c} complain about?'],
  },
  {
    opens: ['Who do we talk to at {c} now?', 'The number of {c} does not work any more.'],
    answers: [
      'A Mrs. Petrov since {m}, extension {n}.',
      'Mr. Lindqvist took over in {m}, his extension is {n}.',
    ],
    asks: ['Who is the contact at {c}?', 'Which extension reaches the buyer of {c}?'],
  },
  {
    opens: ['Can we do something on the price for {c}?', '{c} wants a better offer.'],
    answers: [
      'I granted {n} percent until the end of {m}.',
      '{n} percent off, but only for orders placed before {m}.',
    ],
    asks: ['What discount has {c}?', 'Until when do the reduced prices of {c} hold?'],
  },
  {
    opens: ['{c} is moving.', 'Where do we send things for {c}?'],
    answers: [
      'Their new warehouse opens in {m}, gate {n}.',
      'From {m} on everything goes to gate {n} of the new site.',
    ],
    asks: ['Where should shipments for {c} be delivered?', 'When does the warehouse of {c} open?'],
  },
  {
    opens: ['{c} asked about wrapping.', 'How does {c} want it packed?'],
    answers: [
      'No plastic, paper only, and {n} pieces to a box.',
      'They want {n} in a carton and a slip inside.',
    ],
    asks: ['How should goods for {c} be packaged?', 'How many pieces go into a box for {c}?'],
  },
  {
    opens: ['We owe {c} something.', 'What happened with the credit for {c}?'],
    answers: [
      'They got {n} back as a credit note in {m}.',
      'A credit of {n} was booked for them, valid until {m}.',
    ],
    asks: ['How much was credited to {c}?', 'What credits did {c} receive?'],
  },
  {
    opens: ['{c} sends an auditor.', 'There is an inspection by {c}.'],
    answers: [
      'In {m}, {n} people, they want to see hall 2.',
      '{n} inspectors come in {m} and look at the returns.',
    ],
    asks: ['When is {c} inspecting us?', 'How many auditors does {c} send?'],
  },
  {
    opens: ['What does {c} order next?', '{c} plans their season.'],
    answers: [
      'About {n} sets of the green glasses for {m}.',
      'They reserve {n} candle holders, to ship in {m}.',
    ],
    asks: ['What has {c} reserved for the season?', 'How large is the planned order of {c}?'],
  },
];
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const channels = ['finance', 'ops', 'general', 'ops', 'finance', 'deals'];

export function makeTalks(): readonly MadeTalk[] {
  const dice = createDice(7);
  const made: MadeTalk[] = [];
  for (const first of firsts)
    for (const second of seconds)
      for (const matter of matters) {
        const customer = `${first} ${second}`;
        const [number, month] = [String(3 + dice.below(90)), dice.of(months)];
        const fill = (text: string): string =>
          text.replaceAll('{c}', customer).replaceAll('{n}', number).replaceAll('{m}', month);
        const before = [`${dice.of(['ana', 'cho'])}: ${fill(dice.of(matter.opens))}`];
        if (dice.below(3) === 0) before.push(dice.of(chatter));
        const answer = `${dice.of(['ben', 'dev'])}: ${fill(dice.of(matter.answers))}`;
        made.push({
          channel: dice.of(channels),
          turns: [...before, answer, dice.of(chatter), dice.of(chatter)],
          answer: before.length,
          question: fill(dice.of(matter.asks)),
        });
      }
  return made;
}

const wares = 'tumbler carafe vase plate bowl mug candle-holder tray stool shelf lamp basket'.split(' ');
const finishes = ['Fjord', 'Meadow', 'Ember', 'Slate'];

export function makePassages(): readonly MadePassage[] {
  const dice = createDice(11);
  const made: MadePassage[] = [];
  for (const ware of wares)
    for (const finish of finishes) {
      const title = `${finish} ${ware}`;
      const number = (): string => String(2 + dice.below(60));
      const page = (heading: string, text: string, question: string): void => {
        made.push({ title, heading, text, question });
      };
      page(
        'Care',
        `Wash at ${number()} degrees and let it dry standing. Strong cleaners dull the surface.`,
        `How do I clean the ${title}?`,
      );
      page(
        'Sizes',
        `It is ${number()} cm high and ${number()} cm wide and weighs ${number()} hundred grams.`,
        `What are the measurements of the ${title}?`,
      );
      page(
        'Packing',
        `${number()} to a carton, ${number()} cartons to a pallet, corners protected with pulp.`,
        `How is the ${title} packaged?`,
      );
      page(
        'Origin',
        `Made in a family workshop that has supplied us for ${number()} years; batches are marked underneath.`,
        `Who produces the ${title}?`,
      );
      page(
        'Reordering',
        `Order again when ${number()} are left; the workshop delivers within ${number()} weeks.`,
        `When should the ${title} be reordered?`,
      );
      page(
        'Faults',
        `Bubbles below ${number()} mm are no fault. Chips at the rim are, and are replaced.`,
        `Which defects of the ${title} are accepted?`,
      );
    }
  return made;
}
