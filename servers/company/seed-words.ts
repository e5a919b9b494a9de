/** The vocabulary of the seeded books: invented people, firms and places, and addresses under `.example` only. */
import type { Currency } from './money.ts';

export interface Place {
  readonly city: string;
  readonly country: string;
  readonly currency: Currency;
  readonly dial: string;
  readonly streets: readonly string[];
  readonly forms: readonly string[];
}

const german = {
  country: 'DE',
  currency: 'EUR',
  dial: '+49',
  streets: ['Gartenweg', 'Hafenstr.', 'Lindenallee'],
  forms: ['GmbH', 'KG', 'AG'],
} as const;
const american = {
  country: 'US',
  currency: 'USD',
  dial: '+1',
  streets: ['Mill Road', 'Harbor Street', 'Oak Avenue'],
  forms: ['Inc.', 'LLC', 'Co.'],
} as const;

export const places: readonly Place[] = [
  { city: 'Berlin', ...german },
  { city: 'Hamburg', ...german },
  { city: 'Leipzig', ...german },
  {
    city: 'Wien',
    country: 'AT',
    currency: 'EUR',
    dial: '+43',
    streets: ['Feldgasse', 'Marktplatz'],
    forms: ['GmbH', 'OG'],
  },
  {
    city: 'Lyon',
    country: 'FR',
    currency: 'EUR',
    dial: '+33',
    streets: ['rue des Tanneurs', 'quai du Port'],
    forms: ['SARL', 'SAS'],
  },
  {
    city: 'Utrecht',
    country: 'NL',
    currency: 'EUR',
    dial: '+31',
    streets: ['Kanaalweg', 'Molenpad'],
    forms: ['B.V.'],
  },
  {
    city: 'Porto',
    country: 'PT',
    currency: 'EUR',
    dial: '+351',
    streets: ['Rua do Forno', 'Rua da Ponte'],
    forms: ['Lda.'],
  },
  { city: 'Portland', ...american },
  { city: 'Chicago', ...american },
  { city: 'Austin', ...american },
  { city: 'Boston', ...american },
  { city: 'Denver', ...american },
];

export const firmNames = [
  'Alder',
  'Bluefin',
  'Cobble',
  'Dovetail',
  'Eastgate',
  'Fernhill',
  'Gable',
  'Hearth',
  'Ivory',
  'Juniper',
  'Kestrel',
  'Lantern',
  'Meadow',
  'Nimbus',
  'Orchard',
  'Pebble',
  'Quarry',
  'Rosewood',
  'Saffron',
  'Thistle',
  'Umber',
  'Velvet',
  'Willow',
  'Yarrow',
  'Zephyr',
] as const;

export const firmTrades = [
  'Interiors',
  'Hotels',
  'Tableware',
  'Living',
  'Trading',
  'Kitchens',
  'Gifts',
  'Lighting',
  'Catering',
  'Studio',
] as const;

export const firstNames = [
  'Amara',
  'Bruno',
  'Clara',
  'Dario',
  'Elif',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Katya',
  'Leon',
  'Mira',
  'Nadia',
  'Oscar',
  'Petra',
  'Quinn',
  'Rosa',
  'Samir',
  'Tessa',
  'Umar',
  'Vera',
  'Wendy',
  'Yusuf',
] as const;

export const lastNames = [
  'Adler',
  'Barros',
  'Castell',
  'Duval',
  'Ekström',
  'Fischer',
  'Grant',
  'Hansen',
  'Ito',
  'Jansen',
  'Keller',
  'Lopez',
  'Moreau',
  'Novak',
  'Okafor',
  'Pereira',
  'Reyes',
  'Schmidt',
  'Tanaka',
  'Unger',
  'Vogel',
  'Walsh',
] as const;

/** Wares by material; the first two materials break. */
export const wares: readonly {
  readonly material: string;
  readonly isFragile: boolean;
  readonly kinds: readonly (readonly [string, number])[];
}[] = [
  {
    material: 'Glass',
    isFragile: true,
    kinds: [
      ['pendant lamp', 14_500],
      ['tumbler', 1250],
      ['carafe', 3400],
      ['vase', 5600],
      ['bowl', 4200],
      ['wine goblet', 1890],
      ['cake dome', 4800],
      ['storage jar', 2150],
    ],
  },
  {
    material: 'Stoneware',
    isFragile: true,
    kinds: [
      ['dinner plate', 1650],
      ['mug', 1190],
      ['serving platter', 5200],
      ['teapot', 6400],
      ['ramekin', 890],
      ['planter', 3900],
      ['oil bottle', 2750],
    ],
  },
  {
    material: 'Oak',
    isFragile: false,
    kinds: [
      ['cutting board', 4400],
      ['tray', 3600],
      ['stool', 12_900],
      ['shelf', 8800],
      ['spoon set', 2400],
      ['salt cellar', 1950],
    ],
  },
  {
    material: 'Linen',
    isFragile: false,
    kinds: [
      ['tablecloth', 7200],
      ['napkin set', 3100],
      ['apron', 3850],
      ['tea towel', 1290],
      ['cushion cover', 2980],
    ],
  },
  {
    material: 'Brass',
    isFragile: false,
    kinds: [
      ['candle holder', 3300],
      ['cabinet knob', 990],
      ['wall hook', 1480],
      ['table lamp', 17_900],
      ['bell', 2600],
      ['bottle opener', 1720],
    ],
  },
  {
    material: 'Steel',
    isFragile: false,
    kinds: [
      ['cutlery set', 9900],
      ['colander', 3700],
      ['kettle', 5900],
      ['ladle', 1350],
      ['mixing bowl', 2890],
    ],
  },
];

export const paymentMethods = ['bank transfer', 'card', 'direct debit'] as const;

export const refundReasons = [
  'arrived broken',
  'wrong colour delivered',
  'returned unopened',
  'short delivery',
  'late delivery, agreed discount',
] as const;

export const ticketSubjects = [
  'Two pieces arrived chipped',
  'Invoice address needs a change',
  'Delivery is a week late',
  'Asks for a copy of the invoice',
  'Wrong quantity in the parcel',
  'Wants a quote for a repeat order',
  'Colour differs from the sample',
  'Asks about payment terms',
  'Parcel left at the wrong door',
  'Box arrived wet',
] as const;

export const mailTexts: readonly (readonly [string, string])[] = [
  [
    'Copy of invoice',
    'Hello,\n\ncould you please send us a copy of our last invoice? Our bookkeeping has lost it.\n\nThank you',
  ],
  [
    'Delivery date?',
    'Good morning,\n\nwhen will our order arrive? We open the new rooms at the end of the month.\n\nKind regards',
  ],
  [
    'Thank you',
    'Hi all,\n\neverything arrived in one piece this time. The plates look great on our tables.\n\nBest',
  ],
  [
    'Payment terms',
    'Hello,\n\nwould 45 days be possible for orders above 5,000? Our other suppliers offer it.\n\nRegards',
  ],
  [
    'Change of address',
    'Dear team,\n\nwe have moved two doors down. Please use the new house number from now on.\n\nThanks',
  ],
];
