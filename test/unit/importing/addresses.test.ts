import { describe, expect, it } from '@jest/globals';
import { addressOf } from '../../../importing/addresses.js';

describe('An address of the former service', () => {
  it('is taken as it is where it has our shape', () => {
    const address = { recipient: 'A', line1: '1 Street', city: 'Town', country: 'DE', postal_code: '12345' };
    expect(addressOf(address, 'US')).toMatchObject(address);
    expect(addressOf(address, 'US')).not.toHaveProperty('original');
  });

  it('fills the fields that are recognised, and is kept whole beside them', () => {
    const address = {
      firstName: 'A',
      lastName: 'B',
      address_line_1: '1 Street',
      state: 'CA',
      zip: 90_001,
      countryCode: 'usa',
    };
    expect(addressOf(address, 'DE')).toMatchObject({
      ...{ recipient: 'A B', line1: '1 Street', city: '', region: 'CA', postal_code: '90001', country: 'US' },
      original: address,
    });
  });

  it('has the default country where it names none, and ZZ where nobody knows the name', () => {
    expect(addressOf({ line1: 'x' }, 'VN')?.country).toBe('VN');
    expect(addressOf({ country: 'Atlantis' }, 'VN')?.country).toBe('ZZ');
    expect(addressOf({ country: 'Vietnam' }, 'US')?.country).toBe('VN');
  });

  it('may be JSON in a text, or no address at all', () => {
    expect(addressOf('{"city":"Town"}', 'US')).toMatchObject({ city: 'Town' });
    expect(addressOf([1, 2], 'US')).toMatchObject({ recipient: '', original: { value: [1, 2] } });
    expect(addressOf(null, 'US')).toBeUndefined();
    expect(addressOf(undefined, 'US')).toBeUndefined();
  });
});
