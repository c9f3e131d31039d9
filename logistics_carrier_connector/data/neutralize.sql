-- A copied database must not buy labels: accounts lose token and address, and nothing is left to be asked for.
UPDATE logistics_carrier_account
   SET state = 'paused', environment = 'test', token_enc = NULL, base_url = 'https://neutralized.invalid';
UPDATE logistics_carrier_credential SET secret_enc = NULL, value = NULL;
UPDATE logistics_carrier_booking
   SET todo = NULL, claim_token = NULL, lease_until = NULL;
UPDATE logistics_carrier_rating
   SET state = 'failed', error = 'Neutralized copy'
 WHERE state = 'requested';
