-- A copied database must not buy labels: accounts lose token and address, and nothing is left to be asked for.
UPDATE logistics_carrier_account
   SET state = 'paused', environment = 'test', token_enc = NULL, base_url = 'https://neutralized.invalid',
       task_email = NULL, pickup_auto = false, manifest_auto = false;
UPDATE logistics_carrier_credential SET secret_enc = NULL, value = NULL;
UPDATE logistics_carrier_booking
   SET todo = NULL, claim_token = NULL, lease_until = NULL;
UPDATE logistics_carrier_rating
   SET state = 'failed', error = 'Neutralized copy'
 WHERE state = 'requested';
UPDATE logistics_carrier_pickup
   SET todo = NULL, claim_token = NULL, lease_until = NULL;
UPDATE logistics_carrier_manifest
   SET todo = NULL, claim_token = NULL, lease_until = NULL;
UPDATE logistics_carrier_instruction
   SET state = 'by_hand', claim_token = NULL, lease_until = NULL
 WHERE state = 'requested';
UPDATE logistics_order_rating
   SET state = 'failed', error = 'Neutralized copy'
 WHERE state = 'requested';
-- numbers of real parcels are no business of a copy: nobody is told, whatever is switched on again
UPDATE logistics_tracker SET state = 'closed' WHERE state <> 'closed';
UPDATE delivery_carrier SET logistics_tracker_system_id = NULL;
UPDATE logistics_carrier_account SET tracker_code = NULL;
UPDATE logistics_system SET tracker_url = NULL;
