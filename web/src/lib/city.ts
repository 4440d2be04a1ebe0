/** The city whose districts are offered first: GB/T 2260 code of Hangzhou, the city of the preset rule set. */
export const CITY = '330100';
