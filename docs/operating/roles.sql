-- Two roles for the database: `tillpoints_owner`, whose the tables are and who changes them, and
-- `tillpoints_programs`, for every process, which the wall between programs holds (docs/deploy.md).
-- For psql, as a superuser (or a role that may make roles and owns all), in the database:
--     psql --set=ON_ERROR_STOP=1 --set=secrets=FOLDER --dbname=tillpoints --file=roles.sql
-- FOLDER holds the files `postgres_owner` and `postgres_programs`, a password each; PostgreSQL's own image runs
-- this when it first starts, with /run/secrets. Again at any time: it changes passwords to those of the files, and
-- gives tables of an installation from before these roles to the owner.
\set ON_ERROR_STOP 1
\if :{?secrets}
\else
  \set secrets /run/secrets
\endif
\set owner_password `cat :secrets/postgres_owner`
\set programs_password `cat :secrets/postgres_programs`

BEGIN;
SELECT format('CREATE ROLE %I', each) FROM unnest(ARRAY['tillpoints_owner', 'tillpoints_programs']) AS each
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = each) \gexec
-- Whatever they were before: neither is above row-level security, makes roles, or is a member of the other.
ALTER ROLE tillpoints_owner
  LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE tillpoints_programs
  LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'programs_password';

ALTER DATABASE :"DBNAME" OWNER TO tillpoints_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO tillpoints_owner, tillpoints_programs;
ALTER SCHEMA public OWNER TO tillpoints_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tillpoints_programs;

-- A table takes the sequences of its columns along.
SELECT format('ALTER TABLE public.%I OWNER TO tillpoints_owner', tablename) FROM pg_tables
  WHERE schemaname = 'public' AND tableowner <> 'tillpoints_owner' \gexec
SELECT format('ALTER FUNCTION %s OWNER TO tillpoints_owner', pg_proc.oid::regprocedure) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    AND pg_get_userbyid(proowner) <> 'tillpoints_owner' \gexec

-- Rows, and nothing of the tables themselves: those that are there, and those that later versions bring.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tillpoints_programs;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO tillpoints_programs;
ALTER DEFAULT PRIVILEGES FOR ROLE tillpoints_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tillpoints_programs;
ALTER DEFAULT PRIVILEGES FOR ROLE tillpoints_owner IN SCHEMA public
  GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO tillpoints_programs;
COMMIT;
