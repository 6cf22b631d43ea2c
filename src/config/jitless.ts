import { config } from 'zod';

/**
 * To be imported before any schema, which asks for it when it is made. Compiled checks pay after thousands of parses; a
 * command parses three files.
 */
config({ jitless: true });
