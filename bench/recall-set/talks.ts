/** Conversations of the demonstration company written by hand, each with questions and the turn that answers them. */
export interface Talk {
  readonly channel: string;
  /** `name: words`; the answering turn begins with «!». */
  readonly turns: readonly string[];
  readonly questions: readonly string[];
}

export const talks: readonly Talk[] = [
  {
    channel: 'finance',
    turns: [
      'ana: Again somebody wants his money back for broken glasses, without showing anything.',
      'ben: !From now on we only refund more than 100 when they send a photograph of the damage.',
      'ana: Fine, I will tell the others.',
    ],
    questions: [
      'When do refunds need a photo?',
      'What must customers send before we give back larger amounts?',
      'Is a picture required for refunding broken goods?',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'cho: The shelf in hall 2 is about to give way.',
      'dev: !I blocked aisle 14 until the fitters have replaced the upright on Thursday.',
      'cho: Thanks, the pallets go to hall 3 meanwhile.',
    ],
    questions: [
      'Why is aisle 14 closed?',
      'When will the broken shelf be repaired?',
      'Which aisle did Dev block?',
    ],
  },
  {
    channel: 'general',
    turns: [
      'dev: Who can get me into the building on Sunday?',
      'cho: !The porter has the weekend keys; ring him the day before, before noon.',
      'dev: Perfect.',
    ],
    questions: [
      'How do I enter the office at weekends?',
      'Who keeps the keys for Sundays?',
      'Ringing the porter: until when?',
    ],
  },
  {
    channel: 'finance',
    turns: [
      'ben: The auditors come back in February.',
      'ana: !They asked for all credit notes above 500 of the last two years, sorted by customer.',
      'ben: I export them this week.',
    ],
    questions: [
      'What do the auditors want to see?',
      'Which credit notes were requested for the audit?',
      'How must the exported credit notes be ordered?',
    ],
  },
  {
    channel: 'board',
    turns: [
      'ben: Let us talk about the move.',
      'ana: !We sign the lease in Rotterdam in May, nobody outside this channel knows.',
      'ben: Understood.',
    ],
    questions: ['Where is the company moving?', 'When do we sign the new lease?', 'Rotterdam plans?'],
  },
  {
    channel: 'ops',
    turns: [
      'dev: The label printer spits out empty labels again.',
      'cho: !Hold the feed button for six seconds until it blinks twice, then it measures the paper anew.',
      'dev: That did it.',
    ],
    questions: [
      'How to fix blank labels?',
      'The printer prints nothing on labels, what helps?',
      'Calibrating the label printer',
    ],
  },
  {
    channel: 'general',
    turns: [
      'ana: Is the canteen open on Fridays?',
      'dev: !Only until one; they stopped cooking on Friday afternoons last month.',
      'ana: Sandwich then.',
    ],
    questions: [
      'Canteen hours on Friday?',
      'Do they cook on Friday afternoon?',
      'Until when can I eat on Fridays?',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'cho: Three parcels came back from Oslo.',
      'dev: !Norway wants the customs number on the outside of the box since January.',
      'cho: I add it to the template.',
    ],
    questions: [
      'Why were parcels returned from Norway?',
      'What do Norwegian customs require on boxes?',
      'Shipping to Oslo: what must be written outside?',
    ],
  },
  {
    channel: 'finance',
    turns: [
      'ana: Which exchange rate do we book with?',
      'ben: !The one of the European Central Bank from the last day of the month before.',
      'ana: Good.',
    ],
    questions: [
      'What exchange rates do we use for bookings?',
      'How are euros converted when booking?',
      'Rate of which day counts?',
    ],
  },
  {
    channel: 'general',
    turns: [
      'cho: The trade fair in Lyon is on the calendar.',
      'ana: !Dev and I staff the stand, Ben brings the samples on the second day.',
      'cho: Bring cards.',
    ],
    questions: [
      'Who is staffing the stand at the fair?',
      'When do the samples arrive in Lyon?',
      'Trade fair Lyon, who goes?',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'dev: Can we send glass with the cheap carrier?',
      'cho: !No glass with Hermes, after eleven broken orders in March; only with Sendright.',
      'dev: Noted.',
    ],
    questions: [
      'Which carrier ships fragile items?',
      'Why not use Hermes for glasses?',
      'How many orders broke in March?',
    ],
  },
  {
    channel: 'finance',
    turns: [
      'ben: How long do we wait before we send a reminder?',
      'ana: !Fourteen days after it was due the first, then weekly, and after the third we call them.',
      'ben: OK.',
    ],
    questions: [
      'When are reminders for unpaid invoices sent?',
      'What happens after the third reminder?',
      'How often do we remind late payers?',
    ],
  },
  {
    channel: 'general',
    turns: [
      'dev: My laptop gets hot and slow.',
      'cho: !The fan firmware is the cause, the update is on the share under «devices».',
      'dev: Installing.',
    ],
    questions: [
      'What makes laptops overheat?',
      'Where is the update for the fans?',
      'Slow hot notebook, what to install?',
    ],
  },
  {
    channel: 'deals',
    turns: [
      'ben: What do we offer Northwind?',
      'ana: !Eighteen percent off for a two-year contract, not a point more.',
      'ben: I write it up.',
    ],
    questions: [
      'What discount do we give Northwind?',
      'How long must Northwind commit?',
      'Northwind contract terms',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'cho: The night shift asks about the heating.',
      'dev: !It goes down to 14 degrees at ten and comes back at five, the panel by the gate overrides it for an hour.',
      'cho: I tell them.',
    ],
    questions: [
      'How can the night shift turn up the heat?',
      'What temperature is it in the hall at night?',
      'When does the heating come on?',
    ],
  },
  {
    channel: 'general',
    turns: [
      'ana: Somebody from the press called.',
      'ben: !Journalists go to Ana alone, nobody else answers questions about the company.',
      'ana: Yes please.',
    ],
    questions: [
      'Who speaks with journalists?',
      'What to do when the press calls?',
      'May I answer questions of a newspaper?',
    ],
  },
  {
    channel: 'finance',
    turns: [
      'dev: I paid the parking myself.',
      'ana: !Hand receipts in by the 25th, then it is on the next pay slip; later ones wait a month.',
      'dev: Will do.',
    ],
    questions: [
      'How do I get expenses reimbursed?',
      'Deadline for handing in receipts?',
      'When are my expenses paid?',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'dev: Stock count says 40 mugs, the system 64.',
      'cho: !Two boxes stood in returns; count returns first, always, before anything is corrected.',
      'dev: OK, corrected back.',
    ],
    questions: [
      'What should be counted before correcting stock?',
      'Why was the count of mugs wrong?',
      'Counting stock: where to look first?',
    ],
  },
  {
    channel: 'deals',
    turns: [
      'ana: Is Juniper still unhappy?',
      'ben: !Their buyer left; the new one, Mr. Okafor, wants one contact and monthly calls.',
      'ana: I take it.',
    ],
    questions: ['Who buys for Juniper now?', 'What does Mr. Okafor want?', 'How often do we call Juniper?'],
  },
  {
    channel: 'general',
    turns: [
      'cho: How do we name files in the share?',
      'dev: !Date first, year to day, then customer, then what it is; no spaces.',
      'cho: Finally a rule.',
    ],
    questions: [
      'File naming rules?',
      'How should documents be named on the share?',
      'Do file names have spaces?',
    ],
  },
  {
    channel: 'ops',
    turns: [
      'cho: The forklift needs its yearly inspection.',
      'dev: !The inspector comes on the 9th at seven, please leave bay 3 empty.',
      'cho: Marked.',
    ],
    questions: [
      'When is the forklift inspected?',
      'Which bay must be free for the inspector?',
      'Inspecting the forklifts: date?',
    ],
  },
  {
    channel: 'finance',
    turns: [
      'ben: Do we still take cheques?',
      'ana: !No cheques since last summer, cards only up to 2,000, the rest by transfer.',
      'ben: I tell the shop.',
    ],
    questions: [
      'Which payments do we accept?',
      'Limit for paying by card?',
      'Can customers pay with cheques?',
    ],
  },
  {
    channel: 'board',
    turns: [
      'ana: About the bonus.',
      'ben: !Everybody gets four percent if the year closes above plan, announced in January.',
      'ana: Keep it here.',
    ],
    questions: ['How large is the bonus?', 'When will bonuses be announced?', 'Condition for the bonus'],
  },
  {
    channel: 'ops',
    turns: [
      'dev: A driver refused to wait at the ramp.',
      'cho: !Drivers wait half an hour at most, after that we pay 20 for each started quarter.',
      'dev: So we unload faster.',
    ],
    questions: [
      'How long do drivers have to wait?',
      'What do we pay waiting drivers?',
      'Cost of unloading slowly',
    ],
  },
];
