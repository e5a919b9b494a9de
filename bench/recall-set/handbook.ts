/** Pages of the demonstration company's handbook written by hand, each with questions that it answers. */
export interface Page {
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  readonly questions: readonly string[];
}

export const pages: readonly Page[] = [
  {
    title: 'Handbook',
    heading: 'Refunds › Limits',
    text: 'Support may give back up to 100 on its own. Above that somebody of finance countersigns, above 500 two people do.',
    questions: ['Who must approve refunding 300?', 'How much may support refund alone?'],
  },
  {
    title: 'Handbook',
    heading: 'Refunds › Damaged goods',
    text: 'Ask for a photo that shows the damage and the label. Replace first, refund when the customer does not want a replacement.',
    questions: [
      'What comes first for damaged items, replacing or refunding?',
      'What should the photograph show?',
    ],
  },
  {
    title: 'Handbook',
    heading: 'Holidays › Requesting',
    text: 'Ask your lead four weeks ahead for more than three days. Between Christmas and New Year one person of each team stays.',
    questions: ['How early must I request leave?', 'Who works between the years?'],
  },
  {
    title: 'Handbook',
    heading: 'Sick leave',
    text: 'Call before nine. From the fourth day on we need a note of your doctor; mail it to people@larkspur.example.',
    questions: ['Do I need a doctor’s note when I am ill?', 'What do I do when I am sick in the morning?'],
  },
  {
    title: 'Handbook',
    heading: 'Passwords',
    text: 'Use the manager on every device. Nobody of ours ever asks for your password; whoever does is an attacker: tell security at once.',
    questions: ['Somebody asks for my password, what now?', 'Which tool keeps passwords?'],
  },
  {
    title: 'Handbook',
    heading: 'Lost devices',
    text: 'Report a lost phone or laptop within the hour, day or night, to the number on the back of your badge. It is wiped remotely.',
    questions: ['I lost my laptop, whom do I call?', 'Are lost phones erased?'],
  },
  {
    title: 'Handbook',
    heading: 'Travel › Trains and flights',
    text: 'Below six hours take the train, second class. Flights are booked by operations, never by yourself.',
    questions: ['May I book flights myself?', 'When should I travel by train?'],
  },
  {
    title: 'Handbook',
    heading: 'Travel › Hotels',
    text: 'Up to 120 a night, 160 in capitals. Breakfast counts as part of it.',
    questions: ['What may a hotel cost?', 'Does breakfast count towards the hotel limit?'],
  },
  {
    title: 'Handbook',
    heading: 'Visitors',
    text: 'Register them the day before, meet them at the gate, and bring them back there. In hall 1 everybody wears a vest.',
    questions: ['How do I announce a visitor?', 'Where are vests required?'],
  },
  {
    title: 'Handbook',
    heading: 'Complaints',
    text: 'Answer within one working day, even if only to say who looks into it. Three complaints of one customer in a quarter go to the head of support.',
    questions: ['How fast must complaints be answered?', 'When does a complaint go to the head of support?'],
  },
  {
    title: 'Handbook',
    heading: 'Discounts',
    text: 'Sales may grant five percent. Ten need the head of sales, anything above is decided by the board.',
    questions: ['Who decides about discounts over ten percent?', 'How much discount may sales grant?'],
  },
  {
    title: 'Handbook',
    heading: 'New suppliers',
    text: 'Two offers, a credit check and a test order come before the first contract. Purchasing keeps the papers for six years.',
    questions: ['What is checked before contracting a supplier?', 'How long are supplier papers kept?'],
  },
  {
    title: 'Handbook',
    heading: 'Fire',
    text: 'Leave by the nearest door, meet at the flagpole, do not use lifts. Wardens wear yellow and count.',
    questions: ['Where do we gather when it burns?', 'Who counts people at a fire drill?'],
  },
  {
    title: 'Handbook',
    heading: 'Accidents',
    text: 'First aid boxes hang beside every gate. Write each injury into the book, however small, the same day.',
    questions: ['Where are first aid boxes?', 'Must small injuries be recorded?'],
  },
  {
    title: 'Handbook',
    heading: 'Working from home',
    text: 'Two days a week after the first three months, never on inventory days. The screen is ours, the desk is yours.',
    questions: ['How many days may I work at home?', 'Who pays for the desk at home?'],
  },
  {
    title: 'Handbook',
    heading: 'Overtime',
    text: 'Overtime is agreed beforehand and taken as free time within the quarter; it is paid only in December.',
    questions: ['Is overtime paid?', 'When must extra hours be taken off?'],
  },
  {
    title: 'Handbook',
    heading: 'Customer data',
    text: 'Export only what the task needs, delete it after thirty days, and never send it by mail outside.',
    questions: ['When are exports of customer data deleted?', 'May I mail customer data?'],
  },
  {
    title: 'Handbook',
    heading: 'Gifts',
    text: 'Accept nothing worth more than 30. What arrives anyway is raffled in December.',
    questions: ['Which presents may I accept?', 'What happens with gifts that are too valuable?'],
  },
  {
    title: 'Handbook',
    heading: 'Returns',
    text: 'Thirty days, unused, in the original box. The customer pays the way back unless we made the mistake.',
    questions: ['Who pays for returning goods?', 'How long can customers return things?'],
  },
  {
    title: 'Handbook',
    heading: 'Warranty',
    text: 'Two years on everything, five on wood that was oiled as the leaflet says.',
    questions: ['How long is wood guaranteed?', 'Warranty period?'],
  },
  {
    title: 'Runbook',
    heading: 'Shop is down',
    text: 'Check the status page of the host, then restart the web container, then the cache. After ten minutes call the second on duty.',
    questions: [
      'The web shop does not answer, what do I check first?',
      'When is the second person on duty called?',
    ],
  },
  {
    title: 'Runbook',
    heading: 'Orders are stuck',
    text: 'Orders that wait longer than an hour usually lack a tax code. Fill it in and release them from the queue by hand.',
    questions: ['Why do orders get stuck?', 'How are waiting orders released?'],
  },
  {
    title: 'Runbook',
    heading: 'Restoring the database',
    text: 'Stop the writers, restore last night’s copy next to the live one, compare the counts of invoices, then swap names.',
    questions: ['Steps for restoring a backup?', 'What is compared before swapping databases?'],
  },
  {
    title: 'Runbook',
    heading: 'Wrong prices online',
    text: 'Turn off the feed, publish the last good file, and tell support; orders at the wrong price are honoured below 50.',
    questions: ['Do we honour wrongly priced orders?', 'Prices on the site are wrong, what to do?'],
  },
  {
    title: 'Runbook',
    heading: 'Mail does not go out',
    text: 'Look at the queue of the relay. More than 200 waiting means that a provider blocks us: switch to the second relay.',
    questions: ['When do we switch the mail relay?', 'Mails are not being sent, where to look?'],
  },
  {
    title: 'Onboarding',
    heading: 'First day',
    text: 'Badge at eight at the gate, laptop at nine, lunch with your buddy, then the safety tour.',
    questions: ['Where do new people get their badge?', 'What happens on a newcomer’s first afternoon?'],
  },
  {
    title: 'Onboarding',
    heading: 'First month',
    text: 'Each week a talk with your lead; at the end you show the team something that you improved.',
    questions: ['How often do newcomers talk with their lead?', 'What is presented after the first month?'],
  },
  {
    title: 'Onboarding',
    heading: 'Leaving',
    text: 'Accounts end at noon of the last day. Bring back badge, laptop and keys; personal files go onto a stick that we provide.',
    questions: ['When are accounts of leavers closed?', 'What must be returned when leaving?'],
  },
  {
    title: 'Shipping',
    heading: 'Cut-off',
    text: 'What is packed by three leaves the same day, on Fridays by one. Pallets need a day more.',
    questions: ['Until when must orders be packed to ship today?', 'Do pallets leave the same day?'],
  },
  {
    title: 'Shipping',
    heading: 'Insurance',
    text: 'Every parcel is covered up to 500. Dearer ones are insured apart, which costs one percent of their value.',
    questions: ['Up to what value are parcels insured?', 'What does extra insurance cost?'],
  },
];
