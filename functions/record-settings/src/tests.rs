//! A place recorded: a mocked EC2 and RDS, and a bucket in memory.

mod bucket;
mod database;
mod example;
mod instance;
