//! Fills an empty database with a workspace's documents, to try an import on:
//! `cargo run -p import-sample --example workspace -- mongodb://127.0.0.1:27017/rocketchat`

use import_sample::workspace::{ADMIN, Line, fill};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("the address of the database is missing")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = mongodb::Client::with_uri_str(&url).await?;
        let database = client.default_database().ok_or("the address does not say which database")?;
        fill(&database, Line::Eight).await?;
        println!("X-User-Id: {}\nX-Auth-Token: {}", ADMIN.user_id, ADMIN.token);
        Ok(())
    })
}
